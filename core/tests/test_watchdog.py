"""A call to PostgreSQL that takes too long is hung up; one that cannot be hung up ends its process."""

import json
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from core.tests.front_server import ROOT, Server, get

QUICK = """
import logging, os, threading, time
from core import watchdog

logging.basicConfig(format="%(message)s %(stacks)s")
watchdog.CHECK_SECONDS, watchdog.GRACE_SECONDS, watchdog.LOGGING_MAY_TAKE_SECONDS = 0.02, 0.2, 0.2

def call(seconds):
    watchdog.begin()
    time.sleep(seconds)
    watchdog.end()

def stuck():
    call(8)

"""


def run(script: str) -> "subprocess.CompletedProcess[str]":
    """A process that arms its watchdog, which may end it."""
    command = [sys.executable, "-c", QUICK + script]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=7)


def test_a_call_that_cannot_be_hung_up_ends_the_process_and_tells_where_it_was() -> None:
    done = run("watchdog.arm(0.1); threading.Thread(target=stuck, name='one-of-ours').start()")

    assert done.returncode == 70
    assert "database_call_stuck" in done.stderr
    assert "one-of-ours" in done.stderr
    assert "in stuck" in done.stderr


def test_the_process_ends_even_when_its_logging_is_stuck() -> None:
    done = run("logging.root.handlers[0].emit = lambda _: time.sleep(8)\nwatchdog.arm(0.1); stuck()")

    assert done.returncode == 1
    assert "in stuck" in done.stderr


def test_a_process_forked_from_a_watched_one_is_watched() -> None:
    done = run(
        "watchdog.arm(0.1)\nif not os.fork(): stuck()\nraise SystemExit(os.waitstatus_to_exitcode(os.wait()[1]))"
    )

    assert done.returncode == 70


def test_many_calls_one_after_the_other_may_take_as_long_as_they_like() -> None:
    done = run("watchdog.arm(0.5)\nfor _ in range(50): call(0.03)")

    assert (done.returncode, done.stderr) == (0, "")


def test_nothing_is_watched_with_a_limit_of_zero() -> None:
    done = run("watchdog.arm(0); call(0.5)")

    assert (done.returncode, done.stderr) == (0, "")


def test_a_query_that_takes_too_long_is_answered_and_disturbs_nobody_else(tmp_path: Path) -> None:
    url = urlsplit(settings.DATABASE_URL)._replace(path="/postgres").geturl()
    with Server(tmp_path / "log", DATABASE_URL=url, DATABASE_WATCHDOG_SECONDS=1) as server:
        worker = server.worker()
        stuck = [server.connect().send(get("/v1/query?seconds=20")) for _ in range(3)]
        started = time.monotonic()
        assert server.connect().send(get("/v1/query?seconds=0.5")).answer()[0] == 200

        answers = [client.answer() for client in stuck]

        assert time.monotonic() - started < 4
        assert [status for status, _, _ in answers] == [503] * 3
        assert {json.loads(body)["code"] for _, _, body in answers} == {"SERVICE_UNAVAILABLE"}
        assert [server.connect().send(get("/v1/query")).answer()[0] for _ in range(8)] == [200] * 8
        assert server.worker() == worker
    assert "database_call_hung_up" in server.log.read_text()
