"""Which events a webhook gets, a long address, and what waits while it is disabled."""

import pytest

from incidents import lifecycle
from incidents import services as incidents
from notifications.models import Delivery
from notifications.tests.received import types

URL = "/v1/webhooks"


@pytest.fixture
def api(as_user, ada):
    return as_user(ada)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["created", "commented", "status_changed", "created"]),
        ({"events": ["incident.created"]}, ["created", "created"]),
        ({"severities": ["P1"]}, ["created", "commented", "status_changed"]),
        ({"events": ["incident.created", "incident.status_changed"], "severities": ["P3"]}, ["created"]),
        ({"events": ["ping"]}, []),
        ({"severities": ["P2"]}, []),
    ],
)
def test_a_webhook_gets_what_it_asks_for_and_nothing_else(api, receiver, opened, work, rui, filters, expected):
    api.post(URL, {"url": receiver.url(), **filters})
    incident = opened(severity="P1")
    incidents.comment(incident.pk, body="Looking", actor=rui)
    lifecycle.change_status(incident.pk, "ACK", actor=rui)
    work()
    opened(severity="P3")
    work()

    assert types(receiver) == [f"incident.{name}" for name in expected]


def test_a_changed_filter_holds_from_the_next_event_on(api, receiver, webhook, opened, work):
    opened(severity="P3")
    work()
    api.patch(f"{URL}/{webhook.pk}", {"severities": ["P1"]})
    opened(severity="P3")
    opened(severity="P1")
    work()

    assert types(receiver) == ["incident.created"] * 2


def test_a_long_address_is_told_as_well(api, receiver, opened, work):
    made = api.post(URL, {"url": receiver.url(path="/" + "x" * 1500)}).json()
    opened()
    api.post(f"{URL}/{made['id']}/test")
    work()

    assert sorted(types(receiver)) == ["incident.created", "ping"]
    listed = api.get(f"/v1/deliveries?webhook={made['id']}").json()["results"]
    assert [len(each["target"]) for each in listed] == [300, 300]


def test_a_disabled_webhook_parks_what_comes_and_gets_it_once_it_is_enabled(api, receiver, webhook, opened, work):
    api.patch(f"{URL}/{webhook.pk}", {"is_active": False})
    opened()
    work()
    (parked,) = api.get(f"/v1/deliveries?webhook={webhook.pk}").json()["results"]
    assert (parked["state"], parked["parked"], parked["next_attempt_at"]) == ("PENDING", True, None)
    assert receiver.requests == []

    api.patch(f"{URL}/{webhook.pk}", {"is_active": True})
    work()
    (sent,) = api.get(f"/v1/deliveries?webhook={webhook.pk}").json()["results"]
    assert (sent["state"], sent["parked"]) == ("DELIVERED", False)
    assert types(receiver) == ["incident.created"]


def test_one_that_answers_410_says_why_it_is_disabled_until_somebody_enables_it(api, webhook, opened, work, answering):
    answering(410)
    opened()
    work()
    disabled = api.get(f"{URL}/{webhook.pk}").json()
    enabled = api.patch(f"{URL}/{webhook.pk}", {"is_active": True}).json()

    assert (disabled["is_active"], disabled["disabled_reason"]) == (False, "It answered 410: it wants no more.")
    assert (enabled["is_active"], enabled["disabled_reason"]) == (True, None)
    assert api.get("/v1/audit").json()["results"][1]["action"] == "webhook.disabled"


def test_a_test_of_a_webhook_goes_first_and_once(api, receiver, webhook, opened, react, work, answering, travel):
    opened()
    react()
    answering(500)
    response = api.post(f"{URL}/{webhook.pk}/test")
    work()
    travel(days=1)
    work()

    assert response.status_code == 202
    assert (response.json()["state"], response.json()["event"]) == ("PENDING", "ping")
    assert types(receiver) == ["ping", "incident.created", "incident.created"]
    assert Delivery.objects.get(type="ping").state == "FAILED"
