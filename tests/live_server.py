"""The service as its own processes, started as the image starts them, on the database of the running test."""

import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from core.embedded.engines import free_port
from tests.starts import BARE, ROOT, Process


def engines() -> dict[str, str]:
    """The variables that lead to the engines of this test. Its own changes are seen there when it commits them."""
    url = urlsplit(settings.DATABASE_URL)._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    return {"DATABASE_URL": url, "REDIS_URL": settings.REDIS_URL}


@contextmanager
def process(
    command: Sequence[str], folder: Path, env: dict[str, str], log: Path = Path(os.devnull)
) -> Iterator[Process]:
    """Stopped by TERM at the end, if it has not ended by then."""
    with log.open("ab") as stderr:
        running = Process(command, cwd=folder, env=BARE | env, stderr=stderr)
    try:
        yield running
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(20)


@contextmanager
def web(
    env: dict[str, str], folder: Path = ROOT, command: Sequence[str] = (), log: Path = Path(os.devnull)
) -> Iterator[str]:
    """The address of a web process that answers."""
    port = free_port()
    command = command or ["gunicorn", "-c", "config/gunicorn.conf.py"]
    own = {"HOST": "127.0.0.1", "WEB_WORKERS": "1", **env, "PORT": str(port)}
    with process(command, folder, own, log) as running:
        address = f"http://127.0.0.1:{port}"
        assert becomes_true(lambda: running.poll() is not None or status(f"{address}/health") == 200)
        assert running.poll() is None, "gunicorn ended at once"
        yield address


def status(url: str) -> int:
    """0 when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def becomes_true(question: Callable[[], bool], within: float = 30) -> bool:
    until = time.monotonic() + within
    while not question():
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True
