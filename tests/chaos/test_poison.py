"""What cannot be sent, or cannot be reacted to, is tried a few times and stops nothing else (T6)."""

from collections.abc import Callable

import pytest

from incidents.models import IncidentEvent
from notifications.models import Delivery, Endpoint, State
from tests.chaos import oracle
from tests.chaos.bench import Bench
from tests.chaos.reactions import POISON

pytestmark = pytest.mark.fault
TRIED = "SELECT coalesce(max(attempts), 0) FROM procrastinate_jobs WHERE status = 'todo' AND queue_name = 'reactions'"


def test_a_delivery_that_cannot_be_made_is_given_up_after_five_tries_and_all_others_flow(
    bench: Bench, publish: Callable[..., None]
) -> None:
    bench.webhook("ok", "only")
    with bench.workers() as workers:
        Endpoint.objects.update(is_active=False)
        bench.incident()
        assert bench.becomes(lambda: Delivery.objects.exists(), 30)
        poison = Delivery.objects.get()
        Delivery.objects.update(payload="no JSON")
        Endpoint.objects.update(is_active=True)
        for _ in range(20):
            bench.incident()
        failed = poison.entries.filter(note__startswith="It could not be made")
        for tries in range(1, 5):
            assert bench.becomes(lambda tries=tries: failed.count() >= tries, 20)
            bench.clock(later=400)
        assert bench.becomes(bench.is_done, 30)
        started = workers.started

    poison.refresh_from_db()
    notes = [entry.note for entry in poison.entries.filter(type="ATTEMPTED").order_by("id")]
    publish(attempts=poison.attempts)
    assert (poison.state, poison.attempts) == (State.FAILED, 5)
    assert notes == ["It could not be made: JSONDecodeError"] * 5
    assert Delivery.objects.filter(state=State.DELIVERED).count() == 20
    assert started == 2
    oracle.judge(bench, expected={"JSONDecodeError"})


def test_a_reaction_that_fails_keeps_no_other_reaction_nor_event_waiting(
    bench: Bench, publish: Callable[..., None]
) -> None:
    bench.webhook("ok", "only")
    for _ in range(3):
        bench.incident(title=POISON)
    with bench.workers(DJANGO_SETTINGS_MODULE="tests.chaos.settings") as workers:
        for _ in range(20):
            bench.incident()
        keys = {f"event:{id}" for id in IncidentEvent.objects.values_list("pk", flat=True)}
        assert bench.becomes(lambda: Delivery.objects.filter(state=State.DELIVERED).count() == 23, 30)
        assert bench.becomes(lambda: bench.count(TRIED) >= 2, 30)
        started = workers.started

    publish(failing=3)
    assert set(Delivery.objects.values_list("key", flat=True)) == keys
    assert started == 2
    oracle.judge(bench, expected={"ValueError: Poison"})
