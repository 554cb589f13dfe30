"""What a sender that has finished is given next: its outcome and the claim are one message to PostgreSQL."""

import json
import time

import pytest

from incidents import lifecycle
from notifications import preferences, queue, sending
from notifications.models import Delivery
from notifications.outcome import Outcome, Verdict

DELIVERED = Outcome(Verdict.DELIVERED, status=200)


@pytest.fixture
def dispatcher():
    """Whose turns a test makes itself."""
    made = sending.Dispatcher()
    yield made
    made.senders.shutdown()


def asked(dispatcher, finished=frozenset()):
    return [pool.name for pool in dispatcher.to_fill(set(finished))]


def finish(dispatcher, claimed, outcome):
    dispatcher.http.busy += 1
    dispatcher.done.put((dispatcher.http, claimed, outcome))


def test_the_next_of_its_incident_follows_in_the_turn_that_records_the_one_before(webhook, opened, react, rui):
    incident = opened()
    lifecycle.change_status(incident.pk, "ACK", actor=rui)
    react()
    (first,) = queue.claim(10)
    _, (second,) = queue.record_and_claim([(first, DELIVERED)], 10)

    assert [json.loads(each.payload)["type"] for each in (first, second)] == [
        "incident.created",
        "incident.status_changed",
    ]
    assert Delivery.objects.get(pk=first.id).state == "DELIVERED"


def test_an_endpoint_has_no_more_in_flight_for_it(webhook, opened, react):
    for _ in range(5):
        opened()
    react()
    first, second = queue.claim(10)

    assert len(queue.record_and_claim([(first, DELIVERED)], 10)[1]) == 1
    assert queue.record_and_claim([(second, DELIVERED), (first, DELIVERED)], 0)[1] == []
    assert Delivery.objects.filter(state="DELIVERED").count() == 2


def test_an_endpoint_that_is_gone_is_sent_nothing_more(webhook, receiver, opened, react, dispatcher):
    for _ in range(3):
        opened()
    react()
    (claimed,) = queue.claim(1)
    finish(dispatcher, claimed, Outcome(Verdict.GONE, status=410))
    finished = dispatcher.record()

    assert (finished, receiver.requests) == ({"http"}, [])
    assert not Delivery.objects.exclude(attempt_id=None).exists()
    assert {each.state for each in Delivery.objects.filter(endpoint=webhook)} == {"PENDING"}


def test_what_is_claimed_with_an_outcome_is_sent_and_its_senders_are_busy(webhook, receiver, opened, react, dispatcher):
    for _ in range(3):
        opened()
    react()
    (claimed,) = queue.claim(1)
    finish(dispatcher, claimed, DELIVERED)
    finished = dispatcher.record()
    dispatcher.senders.shutdown()

    assert (finished, len(receiver.requests), dispatcher.http.busy) == (set(), 2, 2)


def test_only_those_that_there_may_be_something_for_are_asked_between_two_looks(dispatcher, monkeypatch):
    monkeypatch.setattr(sending, "POLL_SECONDS", 3600.0)
    dispatcher.looked_at = time.monotonic() - 3600

    assert asked(dispatcher) == ["http", "urgent mail", "mail"]
    assert asked(dispatcher) == []
    sending.wake("mail")
    assert asked(dispatcher, ["http"]) == ["http", "mail"]
    assert asked(dispatcher) == []


def test_a_delivery_wakes_the_senders_of_its_way(
    webhook, opened, react, ada, dispatcher, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(sending, "POLL_SECONDS", 3600.0)
    dispatcher.looked_at = time.monotonic()
    asked(dispatcher)
    for severities, ways in (([], ["http"]), (["P1"], ["http", "urgent mail", "mail"])):
        preferences.set_own(ada, created_severities=severities)
        opened()
        with django_capture_on_commit_callbacks(execute=True):
            react()

        assert asked(dispatcher) == ways
