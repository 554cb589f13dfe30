"""For administrators: channels, the ways to chats and gateways. What is secret of one is never shown again."""

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from console import endpoint_page, forms
from console.access import page
from console.endpoint_page import typed_in
from core import form_keys
from core.callers import ADMIN, CalledRequest
from core.errors import DomainError, NotFound
from notifications import chats
from notifications.channels.fields import FIELDS, Field, check
from notifications.models import Endpoint, Kind
from notifications.serializers import EditWebhookInput

KINDS = [(kind, Kind(kind).label) for kind in FIELDS]
# Before the names of a kind's own fields, which may be called like ours.
OWN = "setting-"


@page(GET=ADMIN)
def show(request: CalledRequest) -> HttpResponse:
    return endpoint_page.shown_list(request, "console/channels.html", is_webhook=False)


def settings_in(request: CalledRequest, kind: str) -> dict[str, str | None]:
    """None for a secret that is to go."""
    taken_away = request.POST.getlist("remove")
    return {
        field.name: None if field.name in taken_away else forms.text(request, f"{OWN}{field.name}")
        for field in FIELDS[kind]
    }


@page(GET=ADMIN, POST=ADMIN)
def new(request: CalledRequest) -> HttpResponse:
    kind = (request.POST if request.method == "POST" else request.GET).get("kind", "")
    if kind not in FIELDS:
        return render(request, "console/channels/kinds.html", {"kinds": KINDS})
    if request.method != "POST":
        return shown_new(request, kind, {"is_active": True}, {})
    typed, values = typed_in(request), settings_in(request, kind)

    def make() -> str:
        made = chats.store_channel(kind, cleaned, actor=forms.sender(request), **data)
        return reverse("console:channel", args=[made.pk])

    try:
        data = forms.checked(EditWebhookInput, **typed)
        cleaned = check(kind, values)  # asks for a name's address: not in the transaction
        place = form_keys.run_once(request, make)
    except DomainError as error:
        key = forms.key_after(request, error)
        return shown_new(request, kind, typed, values, status=error.status, errors=forms.errors_of(error), key=key)
    return forms.done(request, "The channel is made. Send a test.", place)


def shown_new(
    request: CalledRequest,
    kind: str,
    typed: dict[str, Any],
    values: dict[str, str | None],
    status: int = 200,
    **state: Any,
) -> HttpResponse:
    context = {
        "kind": kind,
        "kind_name": Kind(kind).label,
        "typed": typed,
        "fields": filled(kind, values, set()),
        "key": form_keys.new(),
        **endpoint_page.CHOICES,
        **state,
    }
    return render(request, "console/channels/new.html", context, status=status)


def filled(kind: str, values: dict[str, str | None], stored: set[str]) -> list[tuple[Field, str, bool]]:
    """Each field with what it shows, which of a secret is nothing, and whether something is stored."""
    return [
        (field, "" if field.is_secret else values.get(field.name) or field.default, field.name in stored)
        for field in FIELDS[kind]
    ]


@page(GET=ADMIN, POST=ADMIN)
def channel(request: CalledRequest, pk: uuid.UUID) -> HttpResponse:
    endpoint = endpoint_page.find(pk, is_webhook=False)
    if request.method != "POST":
        return shown(request, endpoint)
    is_edit = request.POST.get("do") == "edit"
    try:
        return edit(request, endpoint) if is_edit else endpoint_page.do(request, endpoint, endpoint_page.SHARED)
    except NotFound:
        raise
    except DomainError as error:
        state = {"typed": typed_in(request), "asked": "edit"} if is_edit else {"key": forms.key_after(request, error)}
        values = settings_in(request, endpoint.kind) if is_edit else None
        return shown(request, endpoint, values, status=error.status, errors=forms.errors_of(error), **state)


def edit(request: CalledRequest, endpoint: Endpoint) -> HttpResponse:
    data = forms.checked(EditWebhookInput, **typed_in(request))
    chats.edit_channel(endpoint.pk, settings_in(request, endpoint.kind), actor=forms.sender(request), **data)
    return forms.done(request, "Saved.", reverse("console:channel", args=[endpoint.pk]))


def shown(
    request: CalledRequest,
    endpoint: Endpoint,
    values: dict[str, str | None] | None = None,
    status: int = 200,
    **state: Any,
) -> HttpResponse:
    stored = chats.settings_of(endpoint)
    context = endpoint_page.context_of(request, endpoint) | {
        "typed": {name: getattr(endpoint, name) for name in ("description", "events", "severities", "is_active")},
        "fields": filled(endpoint.kind, dict(values or stored), set(stored)),
        "is_unreadable": not stored,
        **state,
    }
    return render(request, "console/channel.html", context, status=status)
