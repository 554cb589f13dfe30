"""What became of a delivery is kept for DELIVERY_RETENTION_DAYS; what is still to be told, for ever."""

from collections.abc import Callable
from typing import Any

import pytest

from notifications import jobs
from notifications.models import Delivery, Entry, Happening, State
from notifications.old_deliveries import purge


@pytest.fixture
def deliveries(webhook: Any, opened: Callable[..., Any], react: Callable[[], None]) -> list[Delivery]:
    """One of each state, the pending one first; each has an entry."""
    for _ in State.values:
        opened(severity="P3")
    react()
    found = list(Delivery.objects.filter(endpoint=webhook).order_by("id"))
    for delivery, state in zip(found[1:], (State.DELIVERED, State.FAILED, State.CANCELLED), strict=True):
        Delivery.objects.filter(pk=delivery.pk).finish(state)
    Entry.objects.bulk_create(Entry(delivery=delivery, type=Happening.ATTEMPTED) for delivery in found)
    return found


def test_what_was_finished_long_ago_goes_with_its_entries_and_what_waits_stays(
    deliveries: list[Delivery], travel: Callable[..., None]
) -> None:
    travel(days=91)

    jobs.purge_deliveries(0)

    assert list(Delivery.objects.all()) == deliveries[:1]
    assert list(Entry.objects.values_list("delivery", flat=True)) == [deliveries[0].pk]


def test_until_then_it_stays(deliveries: list[Delivery], travel: Callable[..., None], settings: Any) -> None:
    travel(days=89)
    assert purge() == 0

    settings.DELIVERY_RETENTION_DAYS = 30
    assert purge(batch_size=1) == 3


def test_one_that_was_parked_for_long_and_told_lately_stays(
    deliveries: list[Delivery], travel: Callable[..., None]
) -> None:
    travel(days=100)
    Delivery.objects.filter(pk=deliveries[0].pk).finish(State.DELIVERED)

    assert purge() == 3
    assert list(Delivery.objects.all()) == deliveries[:1]
