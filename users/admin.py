"""People, their tokens and the audit log on the admin site. Whatever is written goes through the services."""

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from core.admin_forms import ServiceAdmin, ServiceForm
from core.admin_pages import KnownValuesFilter, ReadOnlyAdmin
from core.errors import DomainError
from users import services, sessions, tokens
from users.admin_forms import CreateForm, EditForm, OwnPasswordForm
from users.models import ApiToken, AuditEntry, Role, User

admin.site.password_form = OwnPasswordForm  # type: ignore[attr-defined]  # of core.admin_site.Site
WORK = ("email", "name", "role", "timezone", "password")
FACTS = ("id", "last_login", "created_at", "updated_at")


class RoleFilter(KnownValuesFilter):
    title = parameter_name = "role"
    known = {role: {"role": role} for role in Role.values}


class ActiveFilter(KnownValuesFilter):
    title = parameter_name = "active"
    known = {"yes": {"is_active": True}, "no": {"is_active": False}}


class RevokedFilter(KnownValuesFilter):
    title = parameter_name = "revoked"
    known = {"no": {"revoked_at": None}, "yes": {"revoked_at__isnull": False}}


def audit_address(target_id: Any) -> str:
    return f"{reverse('admin:users_auditentry_changelist')}?{urlencode({'target_id': target_id})}"


@admin.register(User)
class UserAdmin(ServiceAdmin):
    form = EditForm
    list_display = ("email", "name", "role", "is_active", "created_at")
    list_filter = (RoleFilter, ActiveFilter)
    lookups = ("role", "active")
    ordering = ("-id",)
    search_fields = ("email", "name")
    search_help_text = "A part of the e-mail address or of the name"
    readonly_fields = FACTS
    actions = None

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [(None, {"fields": WORK})]
        return [(None, {"fields": (*WORK, "is_active")}), ("Facts", {"fields": FACTS})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return FACTS if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: type[ServiceForm] = EditForm if obj else CreateForm
        return super().get_form(request, obj, change, **{"form": form, **kwargs})

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

    def history_address(self, object_id: str) -> str:
        return audit_address(unquote(object_id))


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """`digest` stands in none of these, so that it stands on no page."""

    list_display = ("name", "prefix", "user", "scope", "created_at", "last_used_at", "expires_at", "revoked_at")
    list_select_related = ("user",)
    list_defer = ("digest",)
    list_filter = (RevokedFilter,)
    fields = ("name", "prefix", "user", "scope", "created_at", "last_used_at", "expires_at", "revoked_at")
    lookups = ("revoked", "user")
    ordering = ("-id",)
    search_fields = ("prefix",)
    search_help_text = "The beginning of a token (inc_a1b2c3), or its owner's e-mail address"
    actions = ("revoke",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("digest")

    def found(self, request: HttpRequest, queryset: QuerySet[Any], words: str) -> QuerySet[Any]:
        if "@" in words:
            return queryset.filter(user__in=User.objects.with_email(words))
        return queryset.filter(prefix=words[: tokens.PREFIX_LENGTH])

    @admin.action(description="Revoke selected tokens")
    def revoke(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """What was ticked; the queryset can be made the whole list."""
        revoked = 0
        for text in request.POST.getlist(ACTION_CHECKBOX_NAME)[: self.list_per_page]:
            try:
                tokens.revoke_token(uuid.UUID(text), actor=request.user)  # type: ignore[arg-type]  # never anonymous here
            except DomainError as error:
                self.message_user(request, f"{text}: {error.message}", messages.WARNING)
            else:
                revoked += 1
        self.message_user(request, f"{revoked} revoked.")

    def history_address(self, object_id: str) -> str:
        return audit_address(unquote(object_id))


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
        try:
            return queryset.filter(target_id=uuid.UUID(words))
        except ValueError:
            return queryset.none()
