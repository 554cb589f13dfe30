"""Workers and PostgreSQL are killed and frozen while deliveries are on their way: nothing is lost (K3, K4, K8)."""

import os
import random
import signal
import time
from collections.abc import Callable

import pytest

from notifications.models import Delivery, Entry, Happening, State
from tests.chaos import oracle
from tests.chaos.bench import Bench

pytestmark = pytest.mark.fault
SENDERS = 12  # of webhooks, in a worker
FAST = 15  # a lease of a minute ends after four seconds
Counts = Callable[..., int]


def storm(bench: Bench, *, endpoints: int, events: int, behaviour: str) -> None:
    for number in range(endpoints):
        bench.webhook(behaviour, f"endpoint-{number}")
    for _ in range(events // 5):
        bench.incident(comments=4)


def test_whatever_workers_are_killed_every_delivery_arrives_and_in_order(
    bench: Bench, counts: Counts, publish: Callable[..., None]
) -> None:
    kills = counts(3, 30, 200)
    storm(bench, endpoints=20, events=counts(10, 40, 250), behaviour="slow-1")
    bench.clock(speed=FAST)
    with bench.workers() as workers:
        for _ in range(kills):
            time.sleep(random.uniform(0.5, 2.5))  # noqa: S311  no secret hangs on it
            workers.kill_one()
        assert bench.becomes(bench.is_done, counts(60, 300))

    figures = oracle.judge(bench)
    oracle.first_arrivals_are_in_order(bench)
    publish(kills=kills, **figures)
    assert figures[State.DELIVERED] == figures["deliveries"] == counts(200, 800, 5000)
    assert figures["duplicates"] <= kills * SENDERS


@pytest.mark.thorough
def test_deliveries_outlive_a_postgresql_that_is_killed_and_nobody_starts_anything_by_hand(
    bench: Bench, counts: Counts, publish: Callable[..., None]
) -> None:
    kills = counts(2, 4, 10)
    storm(bench, endpoints=10, events=counts(20, 80, 200), behaviour="slow-1")
    bench.clock(speed=FAST)
    with bench.workers() as workers:
        for _ in range(kills):
            time.sleep(counts(2, 5))
            bench.crash(down_for=counts(1, 3))
        assert bench.becomes(bench.is_done, counts(60, 300))

    figures = oracle.judge(bench, expected=oracle.LOST)
    oracle.first_arrivals_are_in_order(bench)
    publish(kills=kills, restarts=workers.started - 2, **figures)
    assert figures[State.DELIVERED] == figures["deliveries"] == counts(200, 800, 2000)
    assert figures["duplicates"] <= kills * 2 * SENDERS


@pytest.mark.thorough
def test_a_worker_that_wakes_after_its_leases_changes_nothing_any_more(
    bench: Bench, publish: Callable[..., None]
) -> None:
    storm(bench, endpoints=6, events=10, behaviour="slow-3")
    with bench.workers() as workers:
        zombie, other = (worker.process.pid for worker in workers.running)
        os.kill(other, signal.SIGSTOP)  # or it might be the one that has something to send
        assert bench.becomes(lambda: Delivery.objects.pending().exclude(attempt_id=None).count() >= 6, 30)
        os.kill(zombie, signal.SIGSTOP)
        os.kill(other, signal.SIGCONT)
        time.sleep(4)  # what the other sends at this moment, it records
        held = set(Delivery.objects.pending().filter(attempts=1).exclude(attempt_id=None).values_list("pk", flat=True))
        bench.clock(later=61)
        assert bench.becomes(bench.is_done, 60)
        settled = list(Delivery.objects.order_by("pk").values_list("pk", "state", "attempts", "finished_at"))
        os.kill(zombie, signal.SIGCONT)
        assert bench.becomes(lambda: Entry.objects.filter(type=Happening.LATE).exists(), 20)

    # A reaction that it had begun was finished by another, and procrastinate says so when it wakes. The other may have
    # been frozen while it connected, and then started again.
    figures = oracle.judge(bench, expected={"Job was not found", "ConnectionTimeout"})
    late = set(Entry.objects.filter(type=Happening.LATE).values_list("delivery", flat=True))
    publish(late=len(late), **figures)
    assert late <= held
    assert settled == list(Delivery.objects.order_by("pk").values_list("pk", "state", "attempts", "finished_at"))
    assert figures[State.DELIVERED] == figures["deliveries"] == 60
    assert figures["duplicates"] <= SENDERS
