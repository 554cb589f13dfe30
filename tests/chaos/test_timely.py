"""Who is slow delays nobody else, and what is urgent comes soon (T1, T3)."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime

import pytest

from notifications.models import Delivery, Entry, State
from tests.chaos import oracle
from tests.chaos.bench import Bench

pytestmark = pytest.mark.fault
BAD = ("hang", "drip", "endless", "status-500")
GOOD = 16
CALM, STORMY = "P3", "P2"  # what the bad ones want to hear of
MOST_IN_FLIGHT = """SELECT coalesce(max(count), 0) FROM (
    SELECT count(*) FROM notifications_delivery WHERE state = 'PENDING' AND attempt_id IS NOT NULL
       AND due_at > app_now() GROUP BY endpoint_id) AS held"""
Counts = Callable[..., int]


def rain(bench: Bench, incidents: int, severity: str = "P2", a_second: int = 5) -> int:
    """At an even pace; the most that any endpoint had in flight meanwhile."""
    began, most = time.monotonic(), 0
    for number in range(incidents):
        time.sleep(max(0.0, began + number / a_second - time.monotonic()))
        bench.incident(severity=severity)
        bench.tell_workers()
        most = max(most, bench.count(MOST_IN_FLIGHT))
    return most


def delays(bench: Bench, among: set[str]) -> list[float]:
    """From the event to its first arrival, at each of these endpoints."""
    found: dict[tuple[str, str], float] = {}
    for each in bench.sink.arrivals():
        if each.name in among:
            since = datetime.fromisoformat(each.created_at).timestamp()
            found.setdefault((each.name, each.id), each.at - since)
    return sorted(found.values())


def percentile(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(len(values) * share))]


@pytest.mark.thorough
def test_endpoints_that_are_slow_or_broken_delay_no_other(
    bench: Bench, counts: Counts, publish: Callable[..., None]
) -> None:
    names = {bench.webhook("ok", f"good-{number}").description for number in range(GOOD)}
    for behaviour in BAD:
        bench.webhook(behaviour, behaviour, severities=[STORMY])
    before, incidents, a_second = counts(25, 200, 500), counts(25, 1500, 5000), counts(5, 10)
    with bench.workers():
        rain(bench, before, CALM, a_second)
        assert bench.becomes(lambda: len(delays(bench, names)) == GOOD * before, 60)
        calm = delays(bench, names)
        most = rain(bench, incidents, STORMY, a_second)
        assert bench.becomes(lambda: len(delays(bench, names)) == GOOD * (before + incidents), 60)
        assert bench.becomes(lambda: Entry.objects.filter(duration_ms__gt=14_000).exists(), 20)

    stormy = sorted((Counter(delays(bench, names)) - Counter(calm)).elements())
    figures = oracle.judge(bench)
    publish(events=incidents, calm_p99=percentile(calm, 0.99), p50=percentile(stormy, 0.5), **figures)
    publish(p99=percentile(stormy, 0.99), most_in_flight=most)
    assert figures["deliveries"] == GOOD * (before + incidents) + len(BAD) * incidents
    delivered = Delivery.objects.filter(state=State.DELIVERED, endpoint__description__in=names)
    assert delivered.count() == GOOD * (before + incidents)
    assert most <= 2
    assert max(Entry.objects.values_list("duration_ms", flat=True)) < 16_000
    assert percentile(stormy, 0.99) <= max(2 * percentile(calm, 0.99), counts(5, 0))


def test_what_happens_is_told_within_seconds(bench: Bench, counts: Counts, publish: Callable[..., None]) -> None:
    bench.webhook("ok", "only")
    with bench.workers():
        rain(bench, counts(50, 250, 1000))
        assert bench.becomes(bench.is_done, 60)

    told = delays(bench, {"only"})
    figures = oracle.judge(bench)
    publish(p50=percentile(told, 0.5), p99=percentile(told, 0.99), longest=told[-1], **figures)
    assert figures["DELIVERED"] == len(told) == counts(50, 250, 1000)
    assert percentile(told, 0.5) <= 1.5
    assert percentile(told, 0.99) <= 5
    assert told[-1] <= 10
