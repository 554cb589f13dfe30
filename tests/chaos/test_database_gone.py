"""PostgreSQL is killed and frozen under load: clients are told to come again, and nothing is lost (K4, K7)."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from core.tests import fault_bench
from core.tests.fault_bench import Answer
from tests.chaos import oracle
from tests.chaos.bench import Bench
from tests.chaos.journal import Journal, percentile
from tests.chaos.web import Web

pytestmark = pytest.mark.fault
FAST = 15  # a lease of a minute ends after four seconds
Counts = Callable[..., int]


def all_were_told_to_come_again(journal: Journal) -> None:
    """And in the end had what they wanted."""
    refused = [each for each in journal.tries if each.status not in (200, 201, 204, 404)]
    assert {(each.status, each.is_json, each.code) for each in refused} == {(503, True, "SERVICE_UNAVAILABLE")}
    assert all(int(each.retry_after) >= 1 for each in refused)
    assert not journal.given_up
    assert not journal.unsettled()
    assert not journal.stale()


def test_clients_of_a_postgresql_that_is_killed_lose_nothing_and_soon_go_on(
    bench: Bench, counts: Counts, publish: Callable[..., None]
) -> None:
    kills, outages = counts(2, 10), []
    bench.webhook("ok", "only")
    bench.clock(speed=FAST)
    with bench.workers() as workers, bench.web() as web, bench.load(web) as load:
        web_workers = web.workers()
        for _ in range(kills):
            time.sleep(counts(2, 4, 27))
            outages.append(bench.crash(down_for=counts(2, 3)))
            assert web.answers("/ready", 10)
        journal = oracle.settled(bench, web, load, at_least=counts(0, 60, 300))
        assert web.workers() == web_workers

    during = [each for began, ended in outages for each in journal.between(began, ended)]
    back_after = max(journal.first_success(ended) for _, ended in outages)
    figures = oracle.judge(bench, journal=journal, expected=oracle.LOST)
    publish(kills=kills, during=len(during), p99_during=percentile(during, 0.99), back=back_after, **figures)
    publish(restarts=workers.started - 2)
    all_were_told_to_come_again(journal)
    assert percentile(during, 0.99) <= 3
    assert back_after <= 5


@contextmanager
def pulse(web: Web) -> Iterator[list[Answer]]:
    """Whether the process answers at all, fifty times a second."""
    felt: list[Answer] = []
    over = threading.Event()

    def feel() -> None:
        while not over.wait(0.02):
            felt.append(web.get("/health"))

    thread = threading.Thread(target=feel)
    thread.start()
    try:
        yield felt
    finally:
        over.set()
        thread.join()


def test_with_postgresql_frozen_nobody_hangs_and_the_processes_stay_alive(
    bench: Bench, counts: Counts, publish: Callable[..., None]
) -> None:
    seconds = counts(6, 30, 300)
    bench.webhook("ok", "only")
    bench.clock(speed=FAST)
    with bench.workers(), bench.web() as web, bench.load(web) as load:
        time.sleep(counts(2, 10))
        with fault_bench.frozen(bench.postgres), pulse(web) as felt:
            time.sleep(seconds)
            ready = web.get("/ready").status
        thawed = time.time()
        assert bench.becomes(lambda: all(web.get("/v1/incidents?limit=1").status == 200 for _ in range(10)), 5)
        assert web.answers("/ready", 5)
        green_after = time.time() - thawed
        journal = oracle.settled(bench, web, load, at_least=seconds + counts(0, 30))

    slowest, beats = max(each.seconds for each in journal.tries), sorted(each.seconds for each in felt)
    publish(frozen=seconds, slowest=slowest, green=green_after, beats=len(beats), health_max=beats[-1])
    publish(health_p99=beats[int(len(beats) * 0.99)], **oracle.judge(bench, journal=journal, expected=oracle.LOST))
    assert ready == 503
    assert {each.status for each in felt} == {200}
    all_were_told_to_come_again(journal)
    assert slowest <= 15
    assert green_after <= 5
    assert beats[int(len(beats) * 0.99)] <= 0.05
    assert beats[-1] <= 0.5  # who shares two cores with others waits for them now and then: 0.32 s at a load of 20
