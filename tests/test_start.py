"""What a web process says when it starts, before anybody has called."""

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from core.embedded.engines import free_port
from tests import starts
from tests.live_server import becomes_true


def said(log: Path, **variables: str) -> list[tuple[str, str]]:
    """Level and text of the lines of a service that starts and ends."""
    env = starts.BARE | {"DATA_DIR": "/nonexistent", "PORT": str(free_port()), "WEB_WORKERS": "1"} | variables
    with log.open("wb") as stderr:
        command = ["gunicorn", "-c", "config/gunicorn.conf.py"]
        server = starts.Process(command, env=env, stderr=stderr, start_new_session=True)
    try:
        assert becomes_true(lambda: "Listening" in log.read_text())
    finally:
        os.killpg(server.pid, signal.SIGKILL)  # a worker that is being born would keep it for its grace time
        server.wait(20)
    lines = log.read_text().partition("Listening")[0].splitlines()[:-1]
    parsed = [json.loads(line) for line in lines]
    return [(line["level"], line["message"]) for line in parsed if line["logger"] == "core.start"]


@pytest.mark.parametrize(
    ("variables", "remarks"),
    [
        ({"BASE_URL": "https://a.example", "TRUSTED_PROXIES": "10.0.0.0/8"}, []),
        ({"BASE_URL": "http://a.example"}, [("INFO", "BASE_URL is http://a.example, not https")]),
        (
            {"BASE_URL": "https://a.example", "TRUSTED_PROXIES": "0.0.0.0/0", "RATE_LIMITS_ENABLED": "0"},
            [("WARNING", "TRUSTED_PROXIES names everybody"), ("WARNING", "RATE_LIMITS_ENABLED=0")],
        ),
        (
            {"BASE_URL": "https://a.example", "ENVIRONMENT": "production", "SECRET_KEY": "k" * 32},
            [("WARNING", "EMAIL_URL is not set")],
        ),
    ],
)
def test_the_start_tells_of_settings_that_may_not_be_meant(tmp_path, variables, remarks):
    found = said(tmp_path / "log", **variables)

    assert [level for level, _ in found] == [level for level, _ in remarks]
    assert all(text.startswith(beginning) for (_, text), (_, beginning) in zip(found, remarks, strict=True))


FIRST_REQUEST = """
import io, sys
from config.asgi import django_app
from core import start
start.warm()
before = set(sys.modules)
asked = {"REQUEST_METHOD": "GET", "PATH_INFO": "/v1/incidents", "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "3000"}
asked |= {"wsgi.input": io.BytesIO(), "wsgi.url_scheme": "http"}
said = []
b"".join(django_app(asked, lambda *words: said.append(words[0])))
loaded = set(sys.modules) - before
print(*said, *(name for name in loaded if name.partition(".")[0] in ("core", "users", "incidents", "console")))
"""


def test_a_first_request_waits_for_nothing_of_ours_to_be_loaded():
    done = starts.run([sys.executable, "-c", FIRST_REQUEST], env=starts.BARE | {"DATA_DIR": "/nonexistent"})

    assert done.stdout == "401 Unauthorized\n", done.stderr
