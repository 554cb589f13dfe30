"""A delivery that is cancelled while somebody claims it: whoever commits first decides."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from incidents.models import Incident
from notifications import mail_queue, queue
from notifications.models import Delivery, Endpoint, Kind, State
from tests.live_server import becomes_true

WAITING = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"


def is_somebody_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("kind", "claim"), [(Kind.WEBHOOK, queue.claim), (Kind.MAIL, mail_queue.claim)])
def test_what_is_cancelled_between_the_look_and_the_claim_is_not_claimed(
    kind: Kind,
    claim: Callable[[int], list[Any]],
    webhook: Endpoint,
    mail_as_built_in: None,
    opened: Callable[..., Incident],
    react: Callable[[], None],
) -> None:
    def claim_and_close() -> list[Any]:
        try:
            return claim(4)
        finally:
            connection.close()

    opened(severity="P1")
    react()
    wanted = Delivery.objects.filter(kind=kind)
    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            cancelled = queue.cancel(wanted)
            claimed = other.submit(claim_and_close)
            assert becomes_true(is_somebody_waiting, 10)

        assert claimed.result(10) == []
    assert cancelled
    assert set(wanted.values_list("state", flat=True)) == {State.CANCELLED}
