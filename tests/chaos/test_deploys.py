"""The next release takes the place of this one under load, and this one that of the next; nobody notices (K12)."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing

import pytest

from core.tests.front_server import ROOT
from tests.chaos import oracle
from tests.chaos.bench import Bench
from tests.chaos.web import WORKERS, Web

pytestmark = pytest.mark.fault
NEXT = {"DJANGO_SETTINGS_MODULE": "tests.chaos.next_release.settings"}
Counts = Callable[..., int]


def migrate(bench: Bench, *target: str) -> None:
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0", *target]
    done = subprocess.run(command, cwd=ROOT, env=bench.env | NEXT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def take_over(bench: Bench, web: Web, **variables: str) -> float:
    """The new gunicorn serves beside the old one before that is told to end; how long its end took."""
    old = web.process
    web.start(**variables)
    assert bench.becomes(lambda: web.has_served(WORKERS), 60)
    began = time.monotonic()
    old.terminate()
    assert old.wait(30) == 0
    return time.monotonic() - began


def test_releases_change_under_load_and_nobody_notices(
    bench: Bench, counts: Counts, publish: Callable[..., None]
) -> None:
    deploys, stops = counts(2, 20), []
    bench.webhook("ok", "only")
    with (
        closing(socket.create_server(("127.0.0.1", 0), backlog=2048)) as listener,
        bench.workers(),
        bench.web(listener) as web,
        bench.load(web) as load,
    ):
        for number in range(deploys):
            time.sleep(counts(1, 1, 12))
            if number % 2 == 0:
                migrate(bench)
                stops.append(take_over(bench, web, **NEXT))
            else:
                stops.append(take_over(bench, web))
                migrate(bench, "next_release", "zero")
        journal = oracle.settled(bench, web, load, at_least=counts(0, 60, 300))

    publish(deploys=deploys, stopped_after=max(stops), **oracle.judge(bench, journal=journal))
    assert not journal.given_up
    assert not journal.unsettled()
    assert {each.status for each in journal.tries} <= {200, 201, 204}
    assert max(stops) <= 20  # gunicorn waits 25 s for workers that heard nothing
