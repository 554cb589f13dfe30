"""The mail of a P1 comes before all that waits, and not any more once somebody has acknowledged (T2, T4)."""

import random
import time
from collections.abc import Callable

import pytest

from incidents import lifecycle
from incidents.models import Status
from notifications.models import Delivery, Priority, State
from tests.chaos import oracle
from tests.chaos.bench import Bench

pytestmark = pytest.mark.fault
# As if so many events had come: for slow endpoints, and as mails for one person.
COPIES = """
INSERT INTO notifications_delivery (id, key, type, kind, endpoint_id, person_id, target, incident_id, sequence, payload,
       request_id, priority, state, attempts)
SELECT gen_random_uuid(), 'copy:' || n, type, kind, endpoint_id, person_id, target, gen_random_uuid(), sequence + n,
       payload, '', priority, 'PENDING', 0
FROM notifications_delivery, generate_series(1, {count}) AS n WHERE key LIKE 'event:%'
"""
OUTLIVED = """
SELECT count(*) FROM notifications_delivery WHERE kind = 'mail' AND claimed_at > to_timestamp({at})
   AND incident_id = '{incident}'
"""
# Until somebody acknowledges, at most: many mails are not on their way yet; and most are, on a busy machine, too.
SOON, LATER = 0.04, 0.4
Counts = Callable[..., int]


def test_a_page_overtakes_all_that_waits(bench: Bench, counts: Counts, publish: Callable[..., None]) -> None:
    waiting = counts(2_000, 50_000)
    bench.want_mail("P1", "P2")
    for number in range(4):
        bench.webhook("slow-1", f"slow-{number}")
    with bench.workers():
        bench.incident()
        assert bench.becomes(lambda: Delivery.objects.count() == 5 and bench.is_done(), 30)
        bench.run(COPIES.format(count=waiting // 5))
        time.sleep(3)  # all senders have something to do
        page = bench.incident(severity="P1")
        began = time.time()
        assert bench.becomes(lambda: str(page.pk) in [each.incident for each in bench.sink.mails()], 30)
        left = Delivery.objects.pending().count()

    taken = next(each.at - began for each in bench.sink.mails() if each.incident == str(page.pk))
    figures = oracle.judge(bench)
    publish(waiting=waiting, left=left, seconds_to_page=taken, delivered=figures[State.DELIVERED])
    assert left > waiting * 0.7
    assert taken <= 10


def test_who_acknowledges_stops_what_is_not_on_its_way(
    bench: Bench, counts: Counts, publish: Callable[..., None]
) -> None:
    bench.want_mail("P1")
    bench.webhook("ok", "only")
    acknowledged: dict[str, float] = {}
    with bench.workers():
        for burst in range(counts(8, 40, 100)):
            pause = SOON if burst % 2 else LATER
            opened = [str(bench.incident(severity="P1").pk) for _ in range(10)]
            bench.tell_workers()
            for incident in opened:
                time.sleep(random.uniform(0, pause))  # noqa: S311  no secret hangs on it
                lifecycle.change_status(incident, Status.ACK, actor=bench.admin)
                acknowledged[incident] = time.time()
        assert bench.becomes(bench.is_done, 60)

    figures = oracle.judge(bench)
    pages = Delivery.objects.filter(priority=Priority.PAGE, kind="mail")
    late = sum(bench.count(OUTLIVED.format(at=at, incident=incident)) for incident, at in acknowledged.items())
    longest = max(each.at - acknowledged.get(each.incident, each.at) for each in bench.sink.mails())
    publish(
        sent=pages.filter(state=State.DELIVERED).count(),
        called_off=pages.filter(state=State.CANCELLED).count(),
        claimed_after=late,
        longest_on_the_way=longest,
        **figures,
    )
    assert late == 0
    assert longest <= 15
    assert pages.filter(state=State.DELIVERED).exists()
    assert pages.filter(state=State.CANCELLED).exists()
