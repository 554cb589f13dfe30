"""The deliveries as a queue: each is sent at least once, in order, and recorded by whoever holds it alone."""

import json
from datetime import timedelta

import pytest

from incidents import lifecycle, reactions
from incidents import services as incidents
from incidents.models import IncidentEvent
from notifications import queue, sending, services
from notifications.models import Delivery, Endpoint
from notifications.outcome import Outcome, Verdict


def types(receiver):
    return [json.loads(request.partition(b"\r\n\r\n")[2])["type"] for request in receiver.requests]


def entries(delivery):
    return list(delivery.entries.order_by("id").values_list("type", "number", "status"))


def test_every_event_reaches_the_webhook_once_and_in_order(webhook, receiver, opened, work, rui):
    incident = opened()
    incidents.comment(incident.pk, body="Looking", actor=rui)
    lifecycle.change_status(incident.pk, "ACK", actor=rui)
    work()

    assert types(receiver) == ["incident.created", "incident.commented", "incident.status_changed"]
    assert {each.state for each in Delivery.objects.all()} == {"DELIVERED"}
    assert entries(Delivery.objects.first()) == [("ATTEMPTED", 1, 200)]


def test_what_goes_out_is_the_state_at_the_time_of_the_event(webhook, receiver, opened, work, rui, ada):
    incident = opened(title="First")
    lifecycle.change_status(incident.pk, "ACK", actor=rui)
    incidents.edit_incident(incident.pk, actor=rui, title="Second", assignee=ada.pk)
    lifecycle.change_status(incident.pk, "RESOLVED", actor=rui)
    work()

    shown = [json.loads(request.partition(b"\r\n\r\n")[2])["data"]["incident"] for request in receiver.requests]
    assert [(each["version"], each["title"], each["status"]) for each in shown] == [
        (1, "First", "OPEN"),
        (2, "First", "ACK"),
        (3, "Second", "ACK"),
        (4, "Second", "ACK"),
        (5, "Second", "RESOLVED"),
    ]
    assert [each["assignee"] and each["assignee"]["name"] for each in shown] == [None, None, None, "Ada", "Ada"]
    assert [bool(each["acknowledged_at"]) for each in shown] == [False, True, True, True, True]
    assert shown[0]["updated_at"] == shown[0]["created_at"]


def test_a_reaction_that_runs_twice_makes_no_second_delivery(webhook, opened, react, work):
    opened()
    react()
    reactions.react(IncidentEvent.objects.get().pk, "CREATED", pytest.fail)

    assert Delivery.objects.count() == 1


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 5), (2, 30), (4, 300), (7, 3600), (12, 86400)])
def test_a_failure_is_tried_again_after_the_pause_of_the_schedule(
    webhook, opened, react, work, answering, travel, attempts, seconds
):
    answering(404)
    opened()
    react()
    Delivery.objects.update(attempts=attempts - 1)
    work()

    travel(seconds=seconds * 0.79)
    assert work() == 0
    travel(seconds=seconds * 0.42)
    assert work() == 1


def test_the_thirteenth_attempt_is_the_last(webhook, opened, react, work, answering):
    answering(500)
    opened()
    react()
    Delivery.objects.update(attempts=12)
    work()

    assert Delivery.objects.get().state == "FAILED"


def test_the_next_of_an_incident_waits_for_the_one_before_it_and_others_do_not(
    webhook, receiver, opened, work, answering, travel, rui
):
    stuck = opened()
    answering(500)
    work()
    incidents.comment(stuck.pk, body="Looking", actor=rui)
    answering(200)
    opened(title="Another")
    work()
    assert types(receiver) == ["incident.created", "incident.created"]

    travel(seconds=7)
    work()
    assert types(receiver)[2:] == ["incident.created", "incident.commented"]


def test_the_next_goes_once_a_stuck_one_is_skipped(webhook, receiver, opened, work, answering, rui, ada):
    answering(500)
    incident = opened()
    incidents.comment(incident.pk, body="Looking", actor=rui)
    work()
    answering(200)
    services.skip(Delivery.objects.order_by("sequence").first().pk, actor=ada)
    work()

    assert [each.state for each in Delivery.objects.order_by("sequence")] == ["CANCELLED", "DELIVERED"]
    assert entries(Delivery.objects.order_by("sequence").first())[-1] == ("SKIPPED", None, None)


def test_at_most_two_of_an_endpoint_are_in_flight(webhook, opened, react):
    for _ in range(5):
        opened()
    react()

    assert len(queue.claim(10)) == 2
    assert queue.claim(10) == []


def test_a_busy_endpoint_takes_nothing_from_the_others(webhook, receiver, opened, react, ada):
    other = services.create_webhook(url=receiver.url(path="/other"), actor=ada)[0]
    for _ in range(5):
        opened()
    react()

    assert [each.endpoint for each in queue.claim(10)].count(other.pk) == 2


def test_what_a_lost_worker_had_is_claimed_again_after_its_lease_with_the_same_id(webhook, opened, react, travel):
    opened()
    react()
    (first,) = queue.claim(10)
    travel(seconds=59)
    assert queue.claim(10) == []
    travel(seconds=2)
    (second,) = queue.claim(10)

    assert (second.id, second.payload) == (first.id, first.payload)
    assert second.attempt_id != first.attempt_id


def test_a_worker_that_wakes_after_its_lease_records_nothing_but_that_it_was_late(webhook, opened, react, travel):
    opened()
    react()
    (late,) = queue.claim(10)
    travel(seconds=61)
    (owner,) = queue.claim(10)
    queue.record_all([(late, Outcome(Verdict.REFUSED, status=400))])
    assert Delivery.objects.get().state == "PENDING"
    queue.record_all([(owner, Outcome(Verdict.DELIVERED, status=200))])

    assert Delivery.objects.get().state == "DELIVERED"
    assert entries(Delivery.objects.get()) == [("LATE", 1, 400), ("ATTEMPTED", 2, 200)]


def test_whatever_came_back_from_outside_is_recorded(webhook, opened, react):
    opened()
    react()
    (claimed,) = queue.claim(10)
    sending.record_all([(claimed, Outcome(Verdict.RETRY, error="a\0b", answer="c\0\ud800"))])

    (entry,) = Delivery.objects.get().entries.all()
    assert (entry.note, entry.answer) == ("a\ufffdb", "c\ufffd?")


def test_outcomes_that_come_together_are_recorded_together(webhook, receiver, opened, react, ada):
    services.create_webhook(url=receiver.url(path="/other"), actor=ada)
    opened()
    react()
    first, second = queue.claim(10)
    sending.record_all([(second, Outcome(Verdict.GONE, status=410)), (first, Outcome(Verdict.DELIVERED, status=200))])

    states = dict(Delivery.objects.filter(kind="webhook").values_list("pk", "state"))
    assert states == {first.id: "DELIVERED", second.id: "PENDING"}
    assert [each.pk for each in Endpoint.objects.filter(is_active=False)] == [second.endpoint]


def test_p1s_go_before_the_rest_and_a_test_before_all(webhook, receiver, opened, react, ada):
    for _ in range(3):
        opened(severity="P3")
    opened(severity="P1")
    react()
    services.ping(webhook.pk, actor=ada)
    sending.drain()

    assert types(receiver)[0] == "ping"
    severities = [
        json.loads(each.partition(b"\r\n\r\n")[2])["data"]["incident"]["severity"] for each in receiver.requests[1:]
    ]
    assert severities == ["P1", "P3", "P3", "P3"]


def test_a_delivery_that_cannot_be_made_is_given_up_after_five_tries_while_others_flow(
    webhook, receiver, opened, work, travel
):
    opened()
    work()
    broken = Delivery.objects.get()
    Delivery.objects.filter(pk=broken.pk).put_back()
    Delivery.objects.filter(pk=broken.pk).update(payload="no JSON")
    opened(title="Another")
    for _ in range(6):
        work()
        travel(days=1)

    broken.refresh_from_db()
    assert (broken.state, broken.attempts) == ("FAILED", queue.POISON_TRIES)
    assert "JSONDecodeError" in broken.entries.last().note
    assert Delivery.objects.exclude(pk=broken.pk).get().state == "DELIVERED"


def test_a_deleted_incident_cancels_what_waits_and_tells_of_its_end(webhook, receiver, opened, work, answering, ada):
    answering(500)
    incident = opened()
    work()
    answering(200)
    incidents.delete_incident(incident.pk, actor=ada)
    work()

    assert types(receiver) == ["incident.created", "incident.deleted"]
    created = Delivery.objects.get(type="incident.created")
    assert (created.state, created.entries.last().note) == ("CANCELLED", "The incident was deleted.")
    assert json.loads(created.payload)["data"]["incident"]["title"] == "Disk full"


def test_410_disables_the_endpoint_and_parks_what_waits(webhook, receiver, opened, work, answering, rui):
    answering(410)
    incident = opened()
    incidents.comment(incident.pk, body="Looking", actor=rui)
    work()
    webhook.refresh_from_db()

    assert (webhook.is_active, webhook.disabled_reason) == (False, "It answered 410: it wants no more.")
    assert work() == 0
    assert set(Delivery.objects.exclude(kind="mail").values_list("state", flat=True)) == {"PENDING"}


def test_what_was_parked_goes_when_the_endpoint_is_back(webhook, receiver, opened, work, answering, ada):
    answering(410)
    opened()
    work()
    answering(200)
    services.edit_endpoint(webhook.pk, actor=ada, is_active=True)
    work()

    parked = Delivery.objects.get(endpoint=webhook)
    assert parked.state == "DELIVERED"
    assert [type for type, *_ in entries(parked)] == ["ATTEMPTED", "PARKED", "RELEASED", "ATTEMPTED"]


def test_five_days_of_nothing_but_failures_disable_an_endpoint_and_tell_its_owner(
    webhook, opened, work, answering, travel, ada
):
    answering(500)
    opened()
    work()
    for _ in range(6):
        travel(days=1)
        work()

    webhook.refresh_from_db()
    assert not webhook.is_active
    assert Delivery.objects.get(type="endpoint.disabled").person == ada


def test_one_success_ends_the_count_of_failures(webhook, opened, work, answering, travel):
    answering(500)
    opened()
    work()
    answering(200)
    travel(days=4)
    work()
    answering(500)
    opened()
    work()
    travel(days=2)
    work()

    assert Endpoint.objects.get(pk=webhook.pk).is_active


def test_a_wish_to_wait_is_honoured_up_to_an_hour(webhook, opened, work, answering):
    for wish, seconds in (("120", 120), ("999999999", 3600), ("-1", 5), ("nonsense", 5)):
        answering(503, f"Retry-After: {wish}")
        opened()
        work()
        delivery = Delivery.objects.order_by("-sequence").first()
        wait = delivery.due_at - delivery.claimed_at

        assert abs(wait - timedelta(seconds=seconds)) <= timedelta(seconds=seconds * 0.21), wish
