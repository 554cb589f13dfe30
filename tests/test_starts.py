"""What tests start is a process of its own, which reads everything of ours anew."""

import json
import signal
import sys

import pytest

from tests import starts

TELL = """
import json, os, sys
from django.conf import settings
from gunicorn.config import Config
ours = sorted(name for name in sys.modules if name.partition(".")[0] in ("config", "core", "users", "tests"))
print(json.dumps([dict(os.environ), Config().chdir, sys.argv, input(), ours, settings.configured]))
sys.exit("bye")
"""


def python(*words: str, **options) -> "starts.subprocess.CompletedProcess[str]":
    return starts.run([sys.executable, *words], **{"env": {}} | options)


def test_a_start_has_what_it_is_given_and_nothing_else(tmp_path):
    done = python("-c", TELL, "word", cwd=tmp_path, env={"A": "b"}, given="hello\n")

    assert json.loads(done.stdout) == [{"A": "b"}, str(tmp_path), ["-c", "word"], "hello", [], False]
    assert (done.returncode, done.stderr) == (1, "bye\n")


@pytest.mark.parametrize(
    ("script", "code"), [("pass", 0), ("raise SystemExit(3)", 3), ("1 / 0", 1), ("import os; os.abort()", -6)]
)
def test_its_end_is_that_of_a_process(script, code):
    done = python("-c", script)

    assert done.returncode == code
    assert ("ZeroDivisionError: division by zero" in done.stderr) is (script == "1 / 0")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_signal_ends_it(number, tmp_path):
    with (tmp_path / "log").open("wb") as log:
        process = starts.Process([sys.executable, "-c", "import time; time.sleep(60)"], env={}, stderr=log)
    assert process.poll() is None

    process.send_signal(number)

    assert process.wait(20) == -number


def test_the_code_that_it_runs_is_that_of_its_folder(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.py").write_text("print('other settings')")

    assert python("-m", "config.settings", cwd=tmp_path).stdout == "other settings\n"
    (tmp_path / "config" / "settings.py").write_text("print('settings anew')")
    assert python("-c", "import config.settings", cwd=tmp_path).stdout == "settings anew\n"
