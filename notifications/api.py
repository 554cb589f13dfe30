"""Webhooks and deliveries over HTTP, for administrators."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request

from core import lookups, pagination, views
from core.callers import ADMIN
from core.errors import Invalid, NotFound
from core.pagination import Keyset
from notifications import filters, openapi, representation, serializers, services
from notifications.models import Delivery, Endpoint, Entry, Kind
from notifications.querysets import EndpointQuerySet
from notifications.representation import DELIVERY_COLUMNS

NEWEST_FIRST = Keyset(("id",), descending=True)
SHOWN_ENTRIES = 100


class WebhookViewSet(views.ApiViewSet):
    operations = openapi.WEBHOOKS
    access = dict.fromkeys(
        ("list", "create", "retrieve", "partial_update", "destroy", "rotate", "test", "redeliver"), ADMIN
    )
    parameters = {"list": pagination.PARAMETERS}

    @staticmethod
    def ahead(request: HttpRequest) -> None:
        """A keyed POST runs in the transaction of its key: the name is looked up before that begins."""
        asked: Any = request
        url = asked.parsed_body.get("url")
        if isinstance(url, str) and not asked.resolver_match.kwargs:
            services.check(url)
            asked.checked_url = url

    def found(self, pk: uuid.UUID) -> Endpoint:
        """A chat channel is an endpoint, too, and no webhook."""
        endpoint: Endpoint = lookups.one(webhooks(), pk, NotFound)
        return endpoint

    def refuse_object(self, pk: uuid.UUID) -> None:
        self.found(pk)

    def list(self, request: Request) -> HttpResponse:
        return pagination.respond(request, webhooks(), NEWEST_FIRST, representation.webhook)

    def create(self, request: Request) -> HttpResponse:
        data = self.validated(serializers.CreateWebhookInput)
        is_checked = getattr(request._request, "checked_url", None) == data["url"]
        endpoint, secret = services.create_webhook(**data, actor=self.caller.user, is_checked=is_checked)
        shown, location = representation.webhook(endpoint), f"/v1/webhooks/{endpoint.pk}"
        return views.json_once(shown, {"secret": secret}, 201, Location=location)

    def retrieve(self, request: Request, pk: uuid.UUID) -> HttpResponse:
        return views.json(representation.webhook(self.found(pk)))

    def partial_update(self, request: Request, pk: uuid.UUID) -> HttpResponse:
        data = self.validated(serializers.EditWebhookInput)
        self.refuse_object(pk)
        endpoint = services.edit_endpoint(pk, **data, actor=self.caller.user)
        return views.json(representation.webhook(endpoint))

    def destroy(self, request: Request, pk: uuid.UUID) -> HttpResponse:
        self.refuse_object(pk)
        services.delete_endpoint(pk, actor=self.caller.user)
        return views.no_content()

    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, pk: uuid.UUID) -> HttpResponse:
        self.validated(views.Input)
        self.refuse_object(pk)
        endpoint, secret = services.rotate_secret(pk, actor=self.caller.user)
        return views.json_once(representation.webhook(endpoint), {"secret": secret})

    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: uuid.UUID) -> HttpResponse:
        self.validated(views.Input)
        self.refuse_object(pk)
        return accepted(services.ping(pk, actor=self.caller.user))

    @action(detail=True, methods=["post"])
    def redeliver(self, request: Request, pk: uuid.UUID) -> HttpResponse:
        data = self.validated(serializers.RedeliverInput)
        self.refuse_object(pk)
        if "until" in data and data["until"] <= data["since"]:
            raise Invalid.field("until", "This must be later than `since`.")
        count = services.redeliver_since(pk, **data, actor=self.caller.user)
        return views.json({"count": count}, 202)


class DeliveryViewSet(views.ApiViewSet):
    operations = openapi.DELIVERIES
    access = dict.fromkeys(("list", "retrieve", "redeliver"), ADMIN)  # they show what receivers answer
    parameters = {"list": filters.PARAMETERS}

    def refuse_object(self, pk: uuid.UUID) -> None:
        if not Delivery.objects.filter(pk=pk).exists():
            raise NotFound

    def list(self, request: Request) -> HttpResponse:
        rows = filters.apply(request).values_list(*DELIVERY_COLUMNS)
        return pagination.respond(request, rows, NEWEST_FIRST, representation.delivery, DELIVERY_COLUMNS)

    def retrieve(self, request: Request, pk: uuid.UUID) -> HttpResponse:
        row = lookups.one(Delivery.objects.values_list(*DELIVERY_COLUMNS, "payload"), pk, NotFound)
        newest = Entry.objects.filter(delivery=pk).select_related("actor").order_by("-pk")[:SHOWN_ENTRIES]
        return views.json(representation.details(row[:-1], row[-1], reversed(newest)))

    @action(detail=True, methods=["post"])
    def redeliver(self, request: Request, pk: uuid.UUID) -> HttpResponse:
        self.validated(views.Input)
        return accepted(services.redeliver(pk, actor=self.caller.user))


def webhooks() -> EndpointQuerySet:
    rows: EndpointQuerySet = Endpoint.objects.filter(kind=Kind.WEBHOOK)
    return rows


def accepted(delivery: Delivery) -> HttpResponse:
    row = Delivery.objects.values_list(*DELIVERY_COLUMNS).get(pk=delivery.pk)
    return views.json(representation.delivery(row), 202)
