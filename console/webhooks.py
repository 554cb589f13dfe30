"""For administrators: webhooks, what they are sent, and how they do. A secret is shown once, where it is made."""

import uuid
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from console import endpoint_page, forms
from console.access import page
from core import form_keys
from core.callers import ADMIN, CalledRequest
from core.errors import DomainError, NotFound
from notifications import services
from notifications.models import Endpoint
from notifications.serializers import CreateWebhookInput, EditWebhookInput


@page(GET=ADMIN)
def show(request: CalledRequest) -> HttpResponse:
    return endpoint_page.shown_list(request, "console/webhooks.html", is_webhook=True)


def typed_in(request: CalledRequest) -> dict[str, Any]:
    return {"url": forms.text(request, "url").strip(), **endpoint_page.typed_in(request)}


@page(GET=ADMIN, POST=ADMIN)
def new(request: CalledRequest) -> HttpResponse:
    if request.method != "POST":
        return shown_new(request, {"is_active": True}, form_keys.new())
    typed = typed_in(request)
    made: list[tuple[Endpoint, str]] = []

    def make() -> str:
        fields = {**data, "is_active": typed["is_active"]}
        made.append(services.create_webhook(actor=forms.sender(request), is_checked=True, **fields))
        return reverse("console:webhook", args=[made[0][0].pk])

    try:
        data = forms.checked(CreateWebhookInput, **{name: typed[name] for name in typed if name != "is_active"})
        services.check(data["url"])  # asks for the name's address: not in the transaction
        place = form_keys.run_once(request, make)
    except DomainError as error:
        key = forms.key_after(request, error)
        return shown_new(request, typed, key, status=error.status, errors=forms.errors_of(error))
    if not made:  # the same form a second time: its secret was shown, and is nowhere
        return forms.go_to(place)
    endpoint, secret = made[0]
    return shown(request, endpoint_page.find(endpoint.pk, is_webhook=True), made=secret)


def shown_new(request: CalledRequest, typed: dict[str, Any], key: str, status: int = 200, **state: Any) -> HttpResponse:
    context = {"typed": typed, "key": key, **endpoint_page.CHOICES, **guard(), **state}
    return render(request, "console/webhooks/new.html", context, status=status)


def guard() -> dict[str, Any]:
    """Where webhooks may lead beside public addresses by https."""
    return {"allowed": settings.WEBHOOK_ALLOW_CIDRS, "allows_http": settings.WEBHOOK_ALLOW_HTTP}


@page(GET=ADMIN, POST=ADMIN)
def webhook(request: CalledRequest, pk: uuid.UUID) -> HttpResponse:
    endpoint = endpoint_page.find(pk, is_webhook=True)
    if request.method != "POST":
        return shown(request, endpoint)
    asked = request.POST.get("do", "")
    try:
        if asked == "edit":
            return edit(request, endpoint)
        if asked == "rotate":
            return rotate(request, endpoint)
        return endpoint_page.do(request, endpoint, endpoint_page.SHARED)
    except NotFound:
        raise
    except DomainError as error:
        state = {"typed": typed_in(request)} if asked == "edit" else {"key": forms.key_after(request, error)}
        return shown(request, endpoint, status=error.status, errors=forms.errors_of(error), asked=asked, **state)


def edit(request: CalledRequest, endpoint: Endpoint) -> HttpResponse:
    data = forms.checked(EditWebhookInput, **typed_in(request))
    if data["url"] == endpoint.url:  # need not be found now to be switched off
        del data["url"]
    services.edit_endpoint(endpoint.pk, actor=forms.sender(request), **data)
    return forms.done(request, "Saved.", reverse("console:webhook", args=[endpoint.pk]))


def rotate(request: CalledRequest, endpoint: Endpoint) -> HttpResponse:
    made: list[str] = []

    def act() -> str:
        made.append(services.rotate_secret(endpoint.pk, actor=forms.sender(request))[1])
        return reverse("console:webhook", args=[endpoint.pk])

    place = form_keys.run_once(request, act)
    if not made:  # shown before
        return forms.go_to(place)
    return shown(request, endpoint_page.find(endpoint.pk, is_webhook=True), made=made[0], is_rotated=True)


def shown(request: CalledRequest, endpoint: Endpoint, status: int = 200, **state: Any) -> HttpResponse:
    context = endpoint_page.context_of(request, endpoint)
    context |= {"typed": {name: getattr(endpoint, name) for name in services.EDITABLE}, **guard(), **state}
    return render(request, "console/webhook.html", context, status=status)
