"""The stored answers of keyed requests; and what other packages put on the admin site is taken off it."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core import uuids
from core.admin_pages import ReadOnlyAdmin
from core.models import IdempotencyKey

FOREIGN = ("auth", "procrastinate", "account", "mfa", "socialaccount", "usersessions")

admin.site.unregister(
    [model for model in apps.get_models() if model._meta.app_label in FOREIGN and admin.site.is_registered(model)]
)
admin.site.disable_action("delete_selected")  # a delete of many rows that no service sees


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnlyAdmin):
    list_display = ("key", "principal", "created_at", "expires_at")
    list_defer = ("response",)
    fields = ("principal", "key", "fingerprint", "response", "location", "created_at", "expires_at")
    ordering = ("-id",)
    search_fields = ("key",)
    search_help_text = "The id of a user (or anon), then a space and the key, as one index finds them."

    def found(self, request: HttpRequest, queryset: QuerySet[Any], words: str) -> QuerySet[Any]:
        principal, _, key = words.partition(" ")
        rows = queryset.filter(principal=str(uuids.parsed(principal) or principal))
        return rows.filter(key=key.strip()) if key.strip() else rows
