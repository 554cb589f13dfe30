"""Deliveries on their pages: found by filters, told attempt by attempt, sent again, skipped."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from uuid_utils.compat import uuid7

from console import delivery_list
from incidents import services as incident_services
from notifications import queue, services
from notifications.models import Delivery, Endpoint, Entry, State
from notifications.outcome import Outcome, Verdict
from tests.hostile_text import PAYLOADS, Skeleton


@pytest.fixture
def browser(browser_of, ada):
    return browser_of(ada)


@pytest.fixture
def webhook(ada, loopback):
    return services.create_webhook(url="http://127.0.0.1:9/hook", description="Status page", actor=ada)[0]


@pytest.fixture
def told(webhook, incident):
    """`told()` is another delivery of the incident's to the webhook."""

    def make(**fields):
        count = Delivery.objects.count()
        return Delivery.objects.create(
            **{
                "key": f"event:{uuid7()}",
                "type": "incident.commented",
                "kind": webhook.kind,
                "endpoint": webhook,
                "target": webhook.url,
                "incident_id": incident.pk,
                "sequence": count + 1,
                "payload": '{"type":"incident.commented"}',
                **fields,
            }
        )

    return make


def attempt(delivery, **outcome):
    (claimed,) = [each for each in queue.claim(10) if each.id == delivery.pk]
    queue.record_all([(claimed, Outcome(**outcome))])
    delivery.refresh_from_db()


def do(browser, delivery, what, key="k-1"):
    return browser.post(f"/deliveries/{delivery.pk}", {"do": what, "idempotency_key": key})


def page_of(browser, delivery):
    return browser.get(f"/deliveries/{delivery.pk}").text


def found(response):
    return {delivery.pk for delivery, _ in response.context["deliveries"]}


def test_each_filter_finds_its_own(browser, webhook, incident, told, ada):
    other = services.create_webhook(url="http://127.0.0.1:9/other", actor=ada)[0]
    one, ping = told(), services.ping(other.pk, actor=ada)
    finds = {
        "": {one.pk, ping.pk},
        f"endpoint={webhook.pk}": {one.pk},
        "kind=webhook": {one.pk, ping.pk},
        "kind=mail": set(),
        "state=PENDING": {one.pk, ping.pk},
        "state=FAILED": set(),
        "event=ping": {ping.pk},
        f"incident={incident.number}": {one.pk},
        f"incident=%23{incident.number}": {one.pk},
        f"incident={incident.pk}&event=incident.commented&kind=&state=": {one.pk},
    }

    assert {query: found(browser.get(f"/deliveries?{query}")) for query in finds} == finds


MANY = """
INSERT INTO notifications_delivery (id, key, type, kind, endpoint_id, target, sequence, payload, request_id, priority,
                                    state, attempts)
SELECT gen_random_uuid(), 'k' || n, type, kind, endpoint_id, target, 0, payload, '', priority, state, 0
FROM notifications_delivery, generate_series(1, 3000) AS n;
ANALYZE notifications_delivery
"""


@pytest.mark.parametrize(("name", "value"), [("kind", "mail"), ("state", "CANCELLED"), ("event", "summary")])
def test_a_filter_that_finds_nothing_reads_nothing(told, name, value):
    told()
    with connection.cursor() as cursor:
        cursor.execute(MANY)
    plan = delivery_list.FILTERS[name](Delivery.objects.all(), value).order_by("-id")[:51].explain(analyze=True)

    assert "actual" in plan
    assert "Removed by Filter" not in plan


@pytest.mark.parametrize(
    "query",
    ["endpoint=x", "kind=pigeon", "state=LOST", "event=x", "incident=0", "incident=x", "cursor=x", "colour=red"],
)
def test_a_filter_that_does_not_fit_is_named(browser, told, query):
    answer = browser.get(f"/deliveries?{query}")

    assert answer.status_code == 400
    assert f"<strong>{query.partition('=')[0]}</strong>" in answer.text


def test_pages_turn_and_keep_their_filters(browser, told):
    made = [told().pk for _ in range(5)]
    first = browser.get("/deliveries?kind=webhook&limit=3")
    second = browser.get(first.context["next"])

    assert [delivery.pk for delivery, _ in first.context["deliveries"]] == made[:1:-1]
    assert found(second) == set(made[:2])
    assert parse_qs(urlsplit(second.context["previous"]).query)["kind"] == ["webhook"]


def test_a_list_costs_the_same_for_one_and_for_ten(browser, told, django_assert_num_queries):
    for number in (1, 9):
        for _ in range(number):
            told()
        with django_assert_num_queries(5):
            browser.get("/deliveries")


def test_each_attempt_is_told_with_what_was_answered(browser, told):
    delivery = told()
    attempt(
        delivery, verdict=Verdict.RETRY, status=503, seconds=0.25, answer="<b>come later</b>", error="It answered 503."
    )
    page = page_of(browser, delivery)

    for words in ("Attempt 1", "HTTP 503", "250 ms", "&lt;b&gt;come later&lt;/b&gt;", "It answered 503."):
        assert words in page
    assert "1 attempt failed. The next is" in page
    assert "&quot;type&quot;: &quot;incident.commented&quot;" in page


def test_one_that_waits_says_for_which_and_the_stuck_one_can_be_skipped(browser, told):
    stuck, next_one = told(), told()
    attempt(stuck, verdict=Verdict.RETRY, error="Nobody there.")
    waiting = page_of(browser, next_one)
    page = page_of(browser, stuck)
    answer = do(browser, stuck, "skip")

    assert "an earlier one of this incident" in waiting
    assert f'href="/deliveries/{stuck.pk}"' in waiting
    assert "1 of this incident waits behind it." in page
    assert answer["Location"] == f"/deliveries/{stuck.pk}"
    assert Delivery.objects.get(pk=stuck.pk).state == State.CANCELLED
    assert "an earlier one" not in page_of(browser, next_one)
    assert "Skipped" in page_of(browser, stuck)


def test_a_parked_one_says_why(browser, webhook, told):
    delivery = told()
    services.disable_endpoint(webhook.pk, "It answered 410: it wants no more.")
    page = page_of(browser, delivery)

    assert "Its target is disabled: It answered 410" in page
    assert "Parked: its target was switched off" in page
    assert "Skip it" in page


def test_what_arrived_can_be_sent_again_once_for_a_double_tap(browser, told, ada):
    delivery = told()
    attempt(delivery, verdict=Verdict.DELIVERED, status=204)
    answers = [do(browser, delivery, "redeliver") for _ in range(2)]

    assert [answer["Location"] for answer in answers] == [f"/deliveries/{delivery.pk}"] * 2
    assert Entry.objects.filter(type="REDELIVERED", actor=ada).count() == 1
    assert Delivery.objects.get().state == State.PENDING


def test_what_cannot_be_done_is_told(browser, webhook, told):
    delivery = told()
    queue.claim(1)
    busy = do(browser, delivery, "redeliver")
    attempted = page_of(browser, delivery)
    services.delete_endpoint(webhook.pk, actor=None)
    gone = do(browser, delivery, "redeliver", key="k-2")

    assert (busy.status_code, "It is on its way at this moment." in busy.text) == (409, True)
    assert "Skip it" not in attempted
    assert (gone.status_code, "Its endpoint was deleted." in gone.text) == (409, True)
    assert "Send again" not in page_of(browser, delivery)
    assert do(browser, delivery, "skip", key="k-3").status_code == 409
    assert do(browser, delivery, "explode").status_code == 400


def test_one_of_a_deleted_incident_stays(browser, told, incident, ada):
    delivery = told()
    incident_services.delete_incident(incident.pk, actor=ada)

    assert "Deleted since" in page_of(browser, delivery)
    assert "of a deleted incident" in browser.get("/deliveries").text


def test_a_page_costs_few_queries(browser, told, django_assert_max_num_queries):
    delivery, _ = told(), told()
    for _ in range(30):
        Entry.objects.create(delivery=delivery, type="ATTEMPTED", number=1, note="x")

    with django_assert_max_num_queries(8):
        browser.get(f"/deliveries/{delivery.pk}")


def test_hostile_answers_and_addresses_are_text(browser, told):
    delivery = told(state=State.FAILED, finished_at="2026-01-01T00:00:00Z", request_id="x")
    entry = Entry.objects.create(delivery=delivery, type="ATTEMPTED", number=1, note="x", answer="x", status=500)
    paths = (f"/deliveries/{delivery.pk}", "/deliveries")
    plain = [Skeleton(browser.get(path).text).shape for path in paths]

    for text in PAYLOADS[::4]:
        Delivery.objects.update(target=text[:300], payload=text, request_id=text[:128])
        Endpoint.objects.update(description=text[:100], url=text)
        Entry.objects.filter(pk=entry.pk).update(note=text[:300], answer=text)
        assert [Skeleton(browser.get(path).text).shape for path in paths] == plain, text
