"""One delivery: what was sent, what came of each attempt, what it waits for, and what can be done about it."""

import uuid
from collections.abc import Callable
from typing import Any

import orjson
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from console import forms
from console.access import page
from console.templatetags.deliveries import EVENT_WORDS, is_on_its_way, is_parked
from console.told import HAPPENED, who
from core import form_keys, lookups
from core.callers import ADMIN, CalledRequest
from core.errors import DomainError, Invalid, NotFound
from incidents.models import Incident
from notifications import services
from notifications.models import Delivery, Happening, State
from users.models import User

MOST_ENTRIES = 100
MOST_WAITING = 50
# So long a test is looked at before we say that nobody sends it.
PATIENCE_SECONDS = 60


@page(GET=ADMIN, POST=ADMIN)
def show(request: CalledRequest, pk: uuid.UUID) -> HttpResponse:
    if request.method != "POST":
        return shown(request, find(pk))
    act = ACTIONS.get(request.POST.get("do", ""))
    if act is None:
        raise Invalid("This form asks for nothing that can be done here.")
    said: list[str] = []

    def once() -> str:
        said.append(act(pk, forms.sender(request)))
        return address(pk)

    try:
        place = form_keys.run_once(request, once)
    except NotFound:
        raise
    except DomainError as error:
        return shown(request, find(pk), status=error.status, error=error, key=forms.key_after(request, error))
    for words in said:
        messages.success(request, words)
    return forms.go_to(place)


def redeliver(pk: uuid.UUID, actor: User) -> str:
    services.redeliver(pk, actor=actor)
    return "It is sent again."


def skip(pk: uuid.UUID, actor: User) -> str:
    services.skip(pk, actor=actor)
    return "Skipped. What waited for it goes now."


ACTIONS: dict[str, Callable[[uuid.UUID, User], str]] = {"redeliver": redeliver, "skip": skip}


@page(GET=ADMIN)
def outcome(request: CalledRequest, pk: uuid.UUID) -> HttpResponse:
    """A fragment: what has come of a test so far. It asks for itself again until something has."""
    return render(request, "console/deliveries/outcome.html", of_test(find(pk)))


def of_test(delivery: Delivery) -> dict[str, Any]:
    entry = delivery.entries.filter(type=Happening.ATTEMPTED).order_by("-id").first()
    waited = (timezone.now() - delivery.created_at).total_seconds()
    is_open = delivery.state == State.PENDING and entry is None and not is_parked(delivery)
    return {
        "test": delivery,
        "entry": entry,
        "is_parked": is_parked(delivery),
        "is_awaited": is_open and waited < PATIENCE_SECONDS,
    }


def address(pk: uuid.UUID) -> str:
    return reverse("console:delivery", args=[pk])


def find(pk: uuid.UUID) -> Delivery:
    delivery: Delivery = lookups.one(Delivery.objects.for_page().defer(None), pk, NotFound)
    return delivery


def shown(request: CalledRequest, delivery: Delivery, status: int = 200, **state: Any) -> HttpResponse:
    entries = list(delivery.entries.select_related("actor").order_by("-id")[: MOST_ENTRIES + 1])
    is_pending = delivery.state == State.PENDING
    context = {
        "delivery": delivery,
        "what": EVENT_WORDS.get(delivery.type, delivery.type),
        "who": who(delivery),
        "incident": incident_of(delivery),
        "entries": [(entry, HAPPENED.get(entry.type, "")) for entry in entries[:MOST_ENTRIES]],
        "has_older": len(entries) > MOST_ENTRIES,
        "payload": pretty(delivery.payload),
        "is_pending": is_pending,
        "is_parked": is_parked(delivery),
        "is_on_its_way": is_on_its_way(delivery),
        "ahead": Delivery.objects.ahead_of(delivery).first() if is_pending and delivery.incident_id else None,
        "behind": behind(delivery) if is_pending else 0,
        "may_go_again": delivery.endpoint_id is not None or delivery.person_id is not None,
        "key": form_keys.new(),
        **state,
    }
    return render(request, "console/delivery.html", context, status=status)


def incident_of(delivery: Delivery) -> Incident | None:
    if delivery.incident_id is None:
        return None
    return Incident.objects.filter(pk=delivery.incident_id).only("number", "title").first()


def behind(delivery: Delivery) -> int:
    """How many wait for it; MOST_WAITING and more are not counted."""
    if delivery.incident_id is None:
        return 0
    later = Delivery.objects.beside(delivery).filter(sequence__gt=delivery.sequence)
    return len(later.values_list("pk", flat=True)[:MOST_WAITING])


def pretty(payload: str) -> str:
    try:
        return orjson.dumps(orjson.loads(payload), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return payload
