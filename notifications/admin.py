"""Endpoints and deliveries on the admin site, to read. A secret stands in none of these lists, and so on no page."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core import uuids
from core.admin_pages import ReadOnlyAdmin, filter_by
from notifications.models import Delivery, Endpoint, Entry, State
from users.admin import AUDIT_LOG, ActiveFilter


def by_id(queryset: QuerySet[Any], words: str, *fields: str) -> QuerySet[Any]:
    """The rows whose first of `fields` that has it is the id searched for: all at once, no index would find them."""
    asked = uuids.parsed(words)
    if asked is None:
        return queryset.none()
    found = (queryset.filter(**{field: asked}) for field in fields)
    return next((rows for rows in found if rows.exists()), queryset.none())


@admin.register(Endpoint)
class EndpointAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "kind", "url", "description", "is_active", "disabled_reason", "failing_since")
    unread = ("secret", "previous_secret")
    list_filter = (ActiveFilter,)
    fields = (
        *("kind", "url", "description", "events", "severities", "is_active", "disabled_reason", "failing_since"),
        *("previous_secret_until", "owner", "created_at", "updated_at"),
    )
    lookups = ("active",)
    ordering = ("-id",)
    search_fields = ("id",)
    search_help_text = "The id of a webhook or a channel"
    log = AUDIT_LOG

    def found(self, request: HttpRequest, queryset: QuerySet[Any], words: str) -> QuerySet[Any]:
        return by_id(queryset, words, "pk")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "type", "kind", "target", "state", "attempts", "due_at", "finished_at", "incident_id")
    list_defer = ("payload",)
    list_filter = (filter_by("state", State.values),)
    fields = (
        *("key", "type", "kind", "endpoint", "person", "target", "incident_id", "sequence", "priority", "request_id"),
        *("state", "attempts", "claimed_at", "due_at", "created_at", "finished_at", "payload"),
    )
    lookups = ("state", "endpoint", "incident_id")
    ordering = ("-id",)
    search_fields = ("id",)
    search_help_text = "The id of a delivery, an incident, a webhook or a channel"
    log = ("notifications_entry", "delivery")

    def found(self, request: HttpRequest, queryset: QuerySet[Any], words: str) -> QuerySet[Any]:
        return by_id(queryset, words, "pk", "incident_id", "endpoint")


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "delivery", "type", "number", "status", "duration_ms", "actor", "note")
    list_select_related = ("delivery", "actor")
    list_defer = ("answer", "delivery__payload")
    fields = ("delivery", "type", "number", "status", "duration_ms", "note", "answer", "actor", "created_at")
    lookups = ("delivery",)
    ordering = ("-id",)
    search_fields = ("delivery",)
    search_help_text = "The id of a delivery"

    def found(self, request: HttpRequest, queryset: QuerySet[Any], words: str) -> QuerySet[Any]:
        return by_id(queryset, words, "delivery")
