"""Redis is killed, stays away, and is frozen under load: hardly anybody notices (K5, K6)."""

import json
import time
from collections.abc import Callable
from math import ceil
from typing import Any

import pytest

from core.tests import fault_bench
from tests.chaos import oracle
from tests.chaos.bench import Bench
from tests.chaos.journal import Journal, percentile
from tests.chaos.web import WORKERS, Web

pytestmark = pytest.mark.fault
READY_WITHOUT_REDIS = {"/health": 200, "/ready/core": 200, "/ready": 503}
# What the breaker of a process lets through: three failures, and then a try every five seconds.
FAILURES, PROBE_SECONDS = 3, 5
Counts = Callable[..., int]


def logged(web: Web, message: str) -> list[dict[str, Any]]:
    """Of single requests; what many have in common is written once, without an id."""
    return [line for line in map(json.loads, web.log.read_text().splitlines()) if line["message"] == message]


def nobody_was_refused(journal: Journal) -> None:
    assert {each.status for each in journal.tries} <= {200, 201, 204}
    assert not journal.unsettled()
    assert not journal.stale()


def probes(web: Web) -> dict[str, int]:
    return {path: web.get(path).status for path in READY_WITHOUT_REDIS}


@pytest.mark.thorough
def test_a_redis_that_is_killed_or_stays_away_costs_nobody_an_answer(
    bench: Bench, counts: Counts, publish: Callable[..., None]
) -> None:
    kills = counts(3, 20)
    bench.webhook("ok", "only")
    with bench.workers(), bench.web() as web, bench.load(web) as load:
        time.sleep(counts(2, 15))
        began = time.time()
        for _ in range(kills):
            fault_bench.kill(bench.valkey)
            time.sleep(1)
            bench.valkey.start()
            time.sleep(1)
        fault_bench.kill(bench.valkey)
        time.sleep(counts(2, 60, 300))
        without = probes(web)
        unlimited = web.get("/v1/incidents?limit=1")
        bench.valkey.start()
        ended = time.time()
        assert web.answers("/ready", 5)
        assert bench.becomes(lambda: oracle.is_redis_in_use(web), 15)
        back = time.time()
        time.sleep(counts(2, 15))  # as long as before: what else the machine does may have changed meanwhile
        over = time.time()
        journal = oracle.settled(bench, web, load)

    calm, stormy = journal.between(0, began) + journal.between(back, over), journal.between(began, ended)
    share = counts(90, 99) / 100  # of the few requests of a short run, a hundredth is one or two
    baseline, taken = percentile(calm, share), percentile(stormy, share)
    publish(kills=kills, baseline=baseline, without=taken, **oracle.judge(bench, journal=journal))
    nobody_was_refused(journal)
    assert without == READY_WITHOUT_REDIS
    assert "ratelimit" not in unlimited.headers
    assert taken <= baseline + 0.05


def test_a_redis_that_is_frozen_holds_up_few_requests_and_shows_nothing_old_when_it_wakes(
    bench: Bench, counts: Counts, publish: Callable[..., None]
) -> None:
    seconds = counts(5, 60, 300)
    bench.webhook("ok", "only")
    with bench.workers(), bench.web() as web, bench.load(web) as load:
        time.sleep(counts(2, 10))
        began = time.time()
        with fault_bench.frozen(bench.valkey):
            time.sleep(seconds)
            without = probes(web)
            ended = time.time()
        assert web.answers("/ready", 5)
        assert bench.becomes(lambda: oracle.is_redis_in_use(web), 15)
        journal = oracle.settled(bench, web, load, at_least=seconds + counts(0, 20))

    stormy, paid = journal.between(began, ended), len(logged(web, "redis_failed"))
    publish(frozen=seconds, during=len(stormy), paid=paid, p99_frozen=percentile(stormy, 0.99), **journal.figures())
    publish(reads=len([each for each in journal.tries if each.request.kind == "read"]), stale=len(journal.stale()))
    publish(**oracle.judge(bench, journal=journal))
    nobody_was_refused(journal)
    assert without == READY_WITHOUT_REDIS
    assert percentile(stormy, 0.99) <= 0.3
    assert paid <= WORKERS * (FAILURES + ceil((ended - began) / PROBE_SECONDS) + 1)
    assert paid <= len(stormy) * counts(10, 1) / 100
