"""A service without a worker says so to whoever watches it, whoever waits to be called, and whoever looks (T5)."""

import time
from collections.abc import Callable
from contextlib import closing

import pytest
from django.test import Client

from core.tests.front_server import Client as Connection
from core.tests.raw_receiver import OK, Receiver
from tests.chaos.bench import Bench
from tests.chaos.crowd import request
from tests.chaos.web import Web
from tests.live_server import status

pytestmark = pytest.mark.fault
SAID = "No worker has been heard for a minute"
# The workers' last sign of life, as if it had been so much earlier.
AGE = "UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '{} s'"
NOTICED_SECONDS = 90
Counts = Callable[..., int]


def browser_of_admin(bench: Bench) -> str:
    """The cookie of somebody who has logged in."""
    browser = Client()
    browser.force_login(bench.admin)
    return "; ".join(f"{name}={morsel.value}" for name, morsel in browser.cookies.items())


def page(web: Web, cookie: str) -> str:
    with closing(Connection(web.port, 20)) as browser:
        status, _, body = browser.send(request("GET", "/incidents", Cookie=cookie)).answer()
    assert status == 200
    return body.decode()


def is_ready(web: Web) -> bool:
    return status(f"http://127.0.0.1:{web.port}/ready/worker") == 200


@pytest.mark.thorough
def test_that_no_worker_lives_is_noticed_within_a_minute_and_a_half_and_so_is_that_one_does_again(
    bench: Bench, counts: Counts, publish: Callable[..., None]
) -> None:
    cookie = browser_of_admin(bench)
    with bench.web() as web, Receiver(OK) as waiting, bench.workers(DEADMAN_URL=waiting.url()) as workers:
        assert bench.becomes(lambda: len(waiting.requests) == len(workers.running), 40)
        assert bench.becomes(lambda: is_ready(web) and SAID not in page(web, cookie), 20)
        workers.kill_all()
        killed_at, calls = time.monotonic(), len(waiting.requests)
        bench.run(AGE.format(counts(50, 0)))
        assert bench.becomes(lambda: not is_ready(web), NOTICED_SECONDS)
        not_ready = time.monotonic() - killed_at
        assert bench.becomes(lambda: SAID in page(web, cookie), NOTICED_SECONDS - not_ready)
        said = time.monotonic() - killed_at
        time.sleep(max(0, killed_at + counts(0, NOTICED_SECONDS) - time.monotonic()))
        calls_later = len(waiting.requests) - calls
        workers.let_start()
        assert bench.becomes(lambda: is_ready(web), 20)
        assert bench.becomes(lambda: SAID not in page(web, cookie), 20)

    publish(not_ready_after=not_ready, said_after=said, calls=calls, calls_later=calls_later)
    assert calls_later == 0
