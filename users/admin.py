"""People, their tokens and the audit log on the admin site. Whatever is written goes through the services."""

import uuid
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from core import uuids
from core.admin_forms import ServiceAdmin
from core.admin_pages import KnownValuesFilter, ReadOnlyAdmin, filter_by
from users import services, sessions, tokens
from users.admin_forms import CreateForm, EditForm, OwnPasswordForm
from users.models import ApiToken, AuditEntry, Role, User

admin.site.password_form = OwnPasswordForm  # type: ignore[attr-defined]  # of core.admin_site.Site
WORK = ("email", "name", "role", "timezone", "password")
FACTS = ("id", "last_login", "created_at", "updated_at")


class ActiveFilter(KnownValuesFilter):
    title = parameter_name = "active"
    known = {"yes": {"is_active": True}, "no": {"is_active": False}}


class RevokedFilter(KnownValuesFilter):
    title = parameter_name = "revoked"
    known = {"no": {"revoked_at": None}, "yes": {"revoked_at__isnull": False}}


AUDIT_LOG = ("users_auditentry", "target_id")


@admin.register(User)
class UserAdmin(ServiceAdmin):
    form, add_form = EditForm, CreateForm
    list_display = ("email", "name", "role", "is_active", "created_at")
    list_filter = (filter_by("role", Role.values), ActiveFilter)
    lookups = ("role", "active")
    ordering = ("-id",)
    search_fields = ("email", "name")
    search_help_text = "A part of the e-mail address or of the name"
    readonly_fields = FACTS
    actions = None
    log = AUDIT_LOG

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [(None, {"fields": WORK})]
        return [(None, {"fields": (*WORK, "is_active")}), ("Facts", {"fields": FACTS})]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: the audit log names them."""
        return False

    def found(self, request: HttpRequest, queryset: QuerySet[Any], words: str) -> QuerySet[Any]:
        return queryset.filter(Q(email__icontains=words) | Q(name__icontains=words))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """A field that names a person offers the active ones."""
        if request.path == reverse("admin:autocomplete"):
            queryset = queryset.active()  # type: ignore[attr-defined]  # a UserQuerySet
        return super().get_search_results(request, queryset, search_term)

    def write(self, request: HttpRequest, form: Any, *, is_new: bool) -> User:
        actor: Any = request.user
        if is_new:
            return services.create_user(**form.given, actor=actor)
        user = services.edit_user(form.instance.pk, **form.given, actor=actor)
        if user.pk == actor.pk and "password" in form.given:
            sessions.keep(request, user)  # who changes their own password stays
        return user


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    list_display = ("name", "prefix", "user", "scope", "created_at", "last_used_at", "expires_at", "revoked_at")
    list_select_related = ("user",)
    unread = ("digest",)
    list_filter = (RevokedFilter,)
    fields = ("name", "prefix", "user", "scope", "created_at", "last_used_at", "expires_at", "revoked_at")
    lookups = ("revoked", "user")
    ordering = ("-id",)
    search_fields = ("prefix",)
    search_help_text = "The beginning of a token (inc_a1b2c3), or its owner's e-mail address"
    actions = ("revoke",)
    log = AUDIT_LOG

    def found(self, request: HttpRequest, queryset: QuerySet[Any], words: str) -> QuerySet[Any]:
        if "@" in words:
            return queryset.filter(user__in=User.objects.with_email(words))
        return queryset.filter(prefix=words[: tokens.PREFIX_LENGTH])

    @admin.action(description="Revoke selected tokens")
    def revoke(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        def end(token_id: uuid.UUID) -> bool:
            tokens.revoke_token(token_id, actor=request.user)  # type: ignore[arg-type]  # never anonymous here
            return True

        self.each_ticked(request, end, "revoked")


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "action", "actor", "target_type", "target_id", "address", "request_id")
    list_select_related = ("actor",)
    list_defer = ("before", "after")
    fields = ("created_at", "actor", "action", "target_type", "target_id", "before", "after", "request_id", "address")
    lookups = ("target_id",)
    ordering = ("-id",)
    search_fields = ("target_id",)
    search_help_text = "The id of a user, a token or an incident"

    def found(self, request: HttpRequest, queryset: QuerySet[Any], words: str) -> QuerySet[Any]:
        asked = uuids.parsed(words)
        return queryset.filter(target_id=asked) if asked else queryset.none()
