"""/v1/deliveries, and what is sent again."""

import uuid
from datetime import timedelta

import pytest

from core.clock import rfc3339
from notifications import payload, queue, services
from notifications.models import Delivery, Entry, Happening, Kind, Priority, State
from notifications.tests.received import bodies, types
from notifications.tests.test_webhooks import invalid, refused

URL = "/v1/deliveries"
FIELDS = {
    *("id", "webhook", "kind", "event", "event_id", "incident", "target", "state", "parked", "attempt_count"),
    *("next_attempt_at", "request_id", "created_at", "finished_at"),
}


@pytest.fixture
def api(as_user, ada):
    return as_user(ada)


@pytest.fixture
def told(webhook, opened, react):
    """The delivery of a new incident, which waits."""
    opened(severity="P3")
    react()
    return Delivery.objects.get(endpoint=webhook)


def listed(api, query=""):
    return [row["id"] for row in api.get(f"{URL}?{query}").json()["results"]]


def test_a_delivery_tells_what_goes_where_and_when(api, webhook, told):
    event = told.key.partition(":")[2]

    (shown,) = api.get(f"{URL}?webhook={webhook.pk}").json()["results"]

    assert shown == {
        "id": str(told.pk),
        "webhook": str(webhook.pk),
        "kind": "webhook",
        "event": "incident.created",
        "event_id": payload.event_id(event),
        "incident": str(told.incident_id),
        "target": webhook.url,
        "state": "PENDING",
        "parked": False,
        "attempt_count": 0,
        "next_attempt_at": rfc3339(told.due_at),
        "request_id": told.request_id,
        "created_at": rfc3339(told.created_at),
        "finished_at": None,
    }


def test_the_detail_shows_what_was_sent_and_each_attempt_with_its_answer(
    api, receiver, webhook, told, work, answering, travel
):
    receiver.behave = b"HTTP/1.1 500 Oh\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000
    work()
    answering(200)
    travel(minutes=1)
    work()

    detail = api.get(f"{URL}/{told.pk}").json()
    first, second = detail["attempts"]
    assert set(detail) == FIELDS | {"payload", "attempts", "history"}
    assert (detail["state"], detail["attempt_count"], detail["next_attempt_at"]) == ("DELIVERED", 2, None)
    assert detail["payload"] == bodies(receiver)[0]
    assert (first["number"], first["status"], first["answer"]) == (1, 500, "x" * 4096)
    assert first["error"] == "It answered 500."
    assert (second["number"], second["status"], second["answer"], second["error"]) == (2, 200, "ok", None)
    assert [(each["type"], each["number"]) for each in detail["history"]] == [("ATTEMPTED", 1), ("ATTEMPTED", 2)]


def test_a_receiver_that_nobody_reaches_is_an_attempt_without_an_answer(api, webhook, told, work):
    api.patch(f"/v1/webhooks/{webhook.pk}", {"url": "http://127.0.0.1:1/"})
    work()

    (attempt,) = api.get(f"{URL}/{told.pk}").json()["attempts"]
    assert (attempt["status"], attempt["answer"]) == (None, "")
    assert attempt["error"] == "The address is not allowed or not reachable."


def test_what_is_on_its_way_has_no_next_attempt_and_is_not_sent_again(api, told):
    (claimed,) = queue.claim(10)

    assert api.get(f"{URL}/{claimed.id}").json()["next_attempt_at"] is None
    assert refused(api.post(f"{URL}/{claimed.id}/redeliver"), 409, "CONFLICT")


def test_a_delivery_is_sent_again_by_hand_with_the_same_id_and_that_is_in_its_history(api, ada, receiver, told, work):
    work()
    response = api.post(f"{URL}/{told.pk}/redeliver")
    work()

    assert response.status_code == 202
    assert (response.json()["state"], response.json()["attempt_count"]) == ("PENDING", 0)
    assert len({body["id"] for body in bodies(receiver)}) == 1
    assert len(receiver.requests) == 2
    history = api.get(f"{URL}/{told.pk}").json()["history"]
    assert [each["type"] for each in history] == ["ATTEMPTED", "REDELIVERED", "ATTEMPTED"]
    assert [each["actor"] and each["actor"]["id"] for each in history] == [None, str(ada.pk), None]


def test_what_went_out_since_a_moment_is_sent_again(api, receiver, webhook, opened, work, monkeypatch):
    monkeypatch.setattr(queue, "PART", 1)
    for _ in range(3):
        opened(severity="P3")
    work()
    first, second, third = Delivery.objects.filter(endpoint=webhook).order_by("id")
    for minutes, delivery in enumerate((first, second, third)):
        Delivery.objects.filter(pk=delivery.pk).update(created_at=first.created_at + timedelta(minutes=minutes))
    since, until = (rfc3339(first.created_at + timedelta(minutes=minutes)) for minutes in (1, 2))

    response = api.post(f"/v1/webhooks/{webhook.pk}/redeliver", {"since": since})
    again = api.post(f"/v1/webhooks/{webhook.pk}/redeliver", {"since": since})
    work()
    part = api.post(f"/v1/webhooks/{webhook.pk}/redeliver", {"since": since, "until": until})

    assert (response.status_code, response.json()) == (202, {"count": 2})
    assert again.json() == {"count": 0}  # they wait already
    assert part.json() == {"count": 1}
    sent = [body["id"] for body in bodies(receiver)]
    assert sorted(sent[3:]) == sorted(sent[1:3])


@pytest.mark.parametrize("until", ["2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z"])
def test_a_range_must_have_something_in_it(api, webhook, until):
    body = {"since": "2026-01-01T00:00:00Z", "until": until}

    assert invalid(api.post(f"/v1/webhooks/{webhook.pk}/redeliver", body), "until")


def test_other_ways_out_are_listed_without_a_webhook(api, ada):
    mail = Delivery(key="summary:2026-11-24", type="summary", kind=Kind.MAIL, person=ada, target=ada.email)
    mail.payload, mail.priority = "{}", Priority.DIGEST
    queue.add([mail])
    channel = services.create_endpoint(kind=Kind.NTFY, secret="{}", actor=ada, description="Phones")
    ping = services.ping(channel.pk, actor=ada)

    shown = {row["id"]: row for row in api.get(URL).json()["results"]}

    assert {row["webhook"] for row in shown.values()} == {None}
    assert (shown[str(ping.pk)]["kind"], shown[str(ping.pk)]["target"]) == ("ntfy", "Phones")
    told = shown[str(mail.pk)]
    assert (told["kind"], told["target"], told["event_id"]) == ("mail", ada.email, None)
    assert listed(api, f"webhook={channel.pk}") == []


@pytest.fixture
def several(webhook, receiver, ada, opened, react, api):
    """Deliveries by a name: two incidents to two webhooks, a test, and one that is cancelled."""
    other = services.create_webhook(url=receiver.url(path="/other"), actor=ada, severities=["P2"])[0]
    incidents = opened(severity="P3"), opened(severity="P2")
    react()
    rows = {(row.endpoint_id, row.incident_id): str(row.pk) for row in Delivery.objects.filter(endpoint__isnull=False)}
    services.skip(rows[(other.pk, incidents[1].pk)], actor=ada)
    ids = [rows[(webhook.pk, incidents[0].pk)], rows[(webhook.pk, incidents[1].pk)], rows[(other.pk, incidents[1].pk)]]
    return {"webhook": webhook, "other": other, "incident": incidents[1].pk, "ids": ids} | {
        "ping": str(services.ping(other.pk, actor=ada).pk)
    }


def test_filters_combine(api, several):
    first, second, cancelled = several["ids"]
    webhook, other, incident, ping = (several[name] for name in ("webhook", "other", "incident", "ping"))

    assert listed(api, f"webhook={webhook.pk}") == [second, first]
    assert set(listed(api, f"webhook={other.pk}")) == {ping, cancelled}
    assert set(listed(api, f"incident={incident}")) == {second, cancelled}
    assert listed(api, f"incident={incident}&state=PENDING") == [second]
    assert listed(api, "state=CANCELLED,FAILED") == [cancelled]
    assert listed(api, "event=ping") == [ping]
    assert listed(api, f"webhook={other.pk}&event=ping&event=incident.deleted&state=PENDING") == [ping]
    assert listed(api, f"webhook={uuid.uuid4()}") == listed(api, f"incident={uuid.uuid4()}") == []


def test_pages_follow_each_other_and_cursors_belong_to_their_filters(api, several):
    whole = listed(api)

    first = api.get(f"{URL}?limit=3").json()
    second = api.get(first["next"]).json()

    assert [row["id"] for row in first["results"] + second["results"]] == whole
    assert api.get(second["previous"]).json()["results"] == first["results"]
    assert invalid(api.get(f"{first['next']}&state=PENDING"), "cursor")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        *(("webhook=x", "webhook"), ("webhook=me", "webhook"), ("webhook=%00", "webhook"), ("incident=42", "incident")),
        *(("state=pending", "state"), ("state=", "state"), ("state[]=PENDING", "state[]"), ("event=x", "event")),
        *(("event=incident.created%00", "event"), ("kind=mail", "kind"), ("limit=0", "limit"), ("cursor=x", "cursor")),
        ("incident=00000000-0000-7000-8000-000000000000&incident=00000000-0000-7000-8000-000000000000", "incident"),
    ],
)
def test_a_query_that_does_not_fit_is_refused_by_name(api, query, field):
    assert invalid(api.get(f"{URL}?{query}"), field)


def test_what_is_not_there_is_a_404(api):
    for id in (uuid.uuid4(), "nonsense"):
        assert refused(api.get(f"{URL}/{id}"), 404, "NOT_FOUND")
        assert refused(api.post(f"{URL}/{id}/redeliver", {"x": 1}), 404, "NOT_FOUND")


@pytest.mark.parametrize("rows", [1, 5])
def test_a_list_and_a_detail_cost_the_same_queries_for_one_row_and_for_five(
    api, ada, webhook, rows, django_assert_num_queries
):
    for _ in range(rows):
        delivery = services.ping(webhook.pk, actor=ada)
    Entry.objects.bulk_create(Entry(delivery=delivery, type=Happening.REDELIVERED, actor=ada) for _ in range(rows))
    api.get(URL)  # notes the use of the token

    with django_assert_num_queries(2):
        assert len(api.get(URL).json()["results"]) == rows
    with django_assert_num_queries(3):
        assert len(api.get(f"{URL}/{delivery.pk}").json()["history"]) == rows


def test_a_long_history_is_shown_from_its_end(api, ada, webhook):
    delivery = services.ping(webhook.pk, actor=ada)
    Entry.objects.bulk_create(
        Entry(delivery=delivery, type=Happening.ATTEMPTED, number=number) for number in range(1, 103)
    )

    history = api.get(f"{URL}/{delivery.pk}").json()["history"]

    assert [each["number"] for each in history] == [*range(3, 103)]


def test_a_failed_delivery_is_sent_again_after_its_last_try(api, receiver, webhook, told, work, answering):
    Delivery.objects.filter(pk=told.pk).update(attempts=12)
    answering(500)
    work()
    assert listed(api, "state=FAILED") == [str(told.pk)]
    answering(200)
    api.post(f"{URL}/{told.pk}/redeliver")
    work()

    assert listed(api, f"state={State.DELIVERED}&webhook={webhook.pk}") == [str(told.pk)]
    assert types(receiver) == ["incident.created"] * 2
