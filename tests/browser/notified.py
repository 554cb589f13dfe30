"""Webhooks, channels and deliveries to look at: what works, what fails, what is stuck, and what waits for it."""

import uuid
from typing import Any

from incidents.models import Incident
from notifications import chats, queue, services
from notifications.models import Delivery, Endpoint, Entry
from notifications.outcome import Claimed, Outcome, Verdict
from users.models import User

LONG = "https://93.184.215.14/" + "hook/" * 60
WIDE_NAME = "Überlange\u202ebidi\u202c " + "Kapitän" * 10
ANSWER = "<html><body><h1>502 Bad Gateway</h1>\n" + "unbroken" * 60 + "\n" + "a line of a log\n" * 40


def furnish(people: dict[str, User], incident: Incident) -> dict[str, Any]:
    """The names of what was made, as addresses use them."""
    ada = people["ada"]
    works, _ = services.create_webhook(url="https://93.184.215.14/hook", description="Status page", actor=ada)
    fails, _ = services.create_webhook(
        url=LONG, description=WIDE_NAME, events=["incident.created"], severities=["P1"], actor=ada
    )
    ntfy = {"url": "https://93.184.215.14", "topic": "ops"}
    channel = chats.create_channel("ntfy", ntfy, actor=ada, description="Ops")
    done = told(works, incident, 1)
    attempt(done, Outcome(Verdict.DELIVERED, 0.042, status=204))
    stuck, waiting = told(fails, incident, 2), told(fails, incident, 3)
    for _ in range(3):
        Delivery.objects.filter(pk=stuck.pk).update(due_at="2026-01-01T00:00:00Z")
        attempt(stuck, Outcome(Verdict.RETRY, 1.5, status=502, answer=ANSWER, error="It answered 502."))
    off, _ = services.create_webhook(url="https://93.184.215.14/off", actor=ada)
    parked = told(off, incident, 4)
    services.disable_endpoint(off.pk, "It answered 410: it wants no more.")
    mail(people["rui"], incident)
    found = {"webhook": works, "fails": fails, "channel": channel, "delivered": done, "stuck": stuck}
    found |= {"waiting": waiting, "parked": parked, "off": off}
    return {name: one.pk for name, one in found.items()}


def told(endpoint: Endpoint, incident: Incident, sequence: int) -> Delivery:
    return Delivery.objects.create(
        key=f"event:{uuid.uuid4()}",
        type="incident.status_changed",
        kind=endpoint.kind,
        endpoint=endpoint,
        target=endpoint.url[:300],
        incident_id=incident.pk,
        sequence=sequence,
        payload='{"id": "evt_1", "data": {"incident": {"title": "' + "unbroken" * 40 + '"}}}',
        request_id="r-1",
    )


def attempt(delivery: Delivery, outcome: Outcome) -> None:
    claims: list[Claimed] = queue.claim(20)
    for claimed in claims:
        if claimed.id == delivery.pk:
            queue.record_all([(claimed, outcome)])
        else:
            Delivery.objects.filter(pk=claimed.id).update(attempt_id=None, due_at="2099-01-01T00:00:00Z")


def mail(person: User, incident: Incident) -> None:
    Delivery.objects.create(
        key=f"event:{uuid.uuid4()}",
        type="incident.assigned",
        kind="mail",
        person=person,
        target=person.email,
        incident_id=incident.pk,
        payload="{}",
        state="FAILED",
        attempts=5,
        finished_at="2026-11-24T12:00:00Z",
    )


def hostile(text: str, incident: Incident, owner: User, kind: str = "webhook") -> Delivery:
    """A failed delivery that says `text` wherever somebody else may have a word."""
    endpoint = Endpoint.objects.create(
        kind=kind, url=text, description=text[:100], secret="", disabled_reason=text[:200], owner=owner
    )
    delivery = told(endpoint, incident, 1)
    Delivery.objects.filter(pk=delivery.pk).update(
        payload=text, request_id=text[:128], state="FAILED", finished_at="2026-11-24T12:00:00Z"
    )
    Entry.objects.create(delivery=delivery, type="ATTEMPTED", number=1, duration_ms=1, note=text[:300], answer=text)
    return delivery
