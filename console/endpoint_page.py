"""What the pages of webhooks and of channels share: the lists, and what can be done with one."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from console import delivery_page, forms
from console.templatetags.deliveries import EVENT_WORDS, endpoint_address
from core import form_keys, pagination, views
from core.callers import CalledRequest
from core.errors import Invalid, NotFound
from incidents.models import Severity
from notifications import services
from notifications.api import NEWEST_FIRST
from notifications.models import Delivery, Endpoint, EventName, Kind
from notifications.querysets import MOST_COUNTED

LIMIT = 50
LATEST = 10
CHOICES = {
    "all_events": [(name, EVENT_WORDS[name]) for name in EventName.values if name != EventName.PING]
    + [(EventName.PING, "Nothing but tests")],
    "all_severities": Severity.values,
}


def shown_list(request: CalledRequest, template: str, *, is_webhook: bool) -> HttpResponse:
    rows = Endpoint.objects.for_page()
    rows = rows.filter(kind=Kind.WEBHOOK) if is_webhook else rows.exclude(kind=Kind.WEBHOOK)
    endpoints, following, previous = pagination.page_of(request, rows, NEWEST_FIRST, LIMIT)
    context = {"endpoints": endpoints, "next": following, "previous": previous, "most": MOST_COUNTED}
    return render(request, template, context)


def find(pk: uuid.UUID, *, is_webhook: bool) -> Endpoint:
    endpoint: Endpoint | None = Endpoint.objects.for_page().select_related("owner").filter(pk=pk).first()
    if endpoint is None or (endpoint.kind == Kind.WEBHOOK) is not is_webhook:
        raise NotFound
    return endpoint


def context_of(request: CalledRequest, endpoint: Endpoint) -> dict[str, Any]:
    latest = Delivery.objects.for_page().filter(endpoint=endpoint).order_by("-id")[:LATEST]
    tested = test_of(request, endpoint)
    return {
        "endpoint": endpoint,
        "address": endpoint_address(endpoint),
        "latest": list(latest),
        "most": MOST_COUNTED,
        "key": form_keys.new(),
        **CHOICES,
        **(delivery_page.of_test(tested) if tested else {}),
    }


def test_of(request: HttpRequest, endpoint: Endpoint) -> Delivery | None:
    """The test that has just been asked for, and that the address names."""
    text = request.GET.get("test", "")
    if not views.UUID.fullmatch(text):
        return None
    return Delivery.objects.for_page().filter(pk=text, endpoint=endpoint, type=EventName.PING).first()


def typed_in(request: CalledRequest) -> dict[str, Any]:
    return {
        "description": forms.text(request, "description").strip(),
        "events": request.POST.getlist("events"),
        "severities": request.POST.getlist("severities"),
        "is_active": "is_active" in request.POST,
    }


Act = Callable[[CalledRequest, Endpoint], str]


def do(request: CalledRequest, endpoint: Endpoint, actions: dict[str, Act]) -> HttpResponse:
    """What the form asks for, once for its key. Raises what refuses it."""
    act = actions.get(request.POST.get("do", ""))
    if act is None:
        raise Invalid("This form asks for nothing that can be done here.")
    return forms.go_to(form_keys.run_once(request, lambda: act(request, endpoint)))


def test(request: CalledRequest, endpoint: Endpoint) -> str:
    delivery = services.ping(endpoint.pk, actor=forms.sender(request))
    return f"{endpoint_address(endpoint)}?test={delivery.pk}#test"


def redeliver(request: CalledRequest, endpoint: Endpoint) -> str:
    since = moment("since", request.POST.get("since", ""))
    count = services.redeliver_since(endpoint.pk, since, actor=forms.sender(request))
    messages.success(request, f"{count} to be sent again." if count else "Nothing has gone there since then.")
    return endpoint_address(endpoint)


def delete(request: CalledRequest, endpoint: Endpoint) -> str:
    services.delete_endpoint(endpoint.pk, actor=forms.sender(request))
    messages.success(request, "Deleted. What was sent stays among the deliveries.")
    return reverse("console:webhooks" if endpoint.kind == Kind.WEBHOOK else "console:channels")


SHARED: dict[str, Act] = {"test": test, "redeliver": redeliver, "delete": delete}


def moment(name: str, text: str) -> datetime:
    """Of an input for date and time, in the viewer's zone."""
    try:
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=timezone.get_current_timezone())
    except ValueError:
        raise Invalid.field(name, "Choose a date and a time.") from None
