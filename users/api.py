"""Users, tokens and the audit log over HTTP."""

import uuid
from datetime import datetime

from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request

from core import lookups, pagination, rate_limits, views
from core.callers import ADMIN, ONESELF_OR_ADMIN, READ, SELF_READ, SELF_WRITE, Caller
from core.errors import Invalid, PermissionDenied
from core.openapi import words
from core.pagination import Keyset
from users import lockout, openapi, serializers, services, tokens
from users.models import LEVELS, ApiToken, AuditEntry, User
from users.services import UserNotFound

OLDEST_FIRST = Keyset(("created_at", "id"))
NEWEST_FIRST = Keyset(("created_at", "id"), descending=True)
USER = words.query(words.UUID, "Whose tokens; only an admin may ask for somebody else's.")


class UserViewSet(views.ApiViewSet):
    operations = openapi.USERS
    access = {
        "list": READ,
        "create": ADMIN,
        "retrieve": READ,
        "me": SELF_READ,
        "own_limits": SELF_READ,
        "partial_update": ONESELF_OR_ADMIN,
    }
    parameters = {"list": pagination.PARAMETERS}

    def refuse_object(self, pk: uuid.UUID) -> None:
        if not User.objects.filter(pk=pk).exists():
            raise UserNotFound

    def list(self, request: Request) -> HttpResponse:
        return pagination.respond(request, User.objects.all(), OLDEST_FIRST, serializers.user_out)

    def create(self, request: Request) -> HttpResponse:
        user = services.create_user(**self.validated(serializers.CreateUserInput), actor=self.caller.user)
        return views.json(serializers.user_out(user), 201, Location=f"/v1/users/{user.pk}")

    def retrieve(self, request: Request, pk: uuid.UUID) -> HttpResponse:
        user = lookups.one(User.objects.all(), pk, UserNotFound)
        return views.json(serializers.user_out(user))

    @action(detail=False, methods=["get"])
    def me(self, request: Request) -> HttpResponse:
        return self.retrieve(request, self.caller.user.pk)

    @action(detail=False, methods=["get"], url_path="me/limits")
    def own_limits(self, request: Request) -> HttpResponse:
        accounts, usages = rate_limits.standing_of(self.caller)
        of_classes = serializers.limits_out(accounts, usages)
        of_logins = serializers.logins_out(*lockout.failures_of(self.caller.user))
        return views.json({"is_counted": usages is not None, "limits": [*of_classes, of_logins]})

    def partial_update(self, request: Request, pk: uuid.UUID) -> HttpResponse:
        """Anybody their own name and time zone; an admin everything of everybody."""
        fields = serializers.EditUserInput if self.caller.is_admin else serializers.EditOwnInput
        user = services.edit_user(pk, **self.validated(fields), actor=self.caller.user)
        return views.json(serializers.user_out(user))


class TokenViewSet(views.ApiViewSet):
    operations = openapi.TOKENS
    access = {"list": SELF_WRITE, "create": SELF_WRITE, "destroy": SELF_WRITE}
    parameters = {"list": pagination.PARAMETERS | {"user": USER}}

    def list(self, request: Request) -> HttpResponse:
        rows = ApiToken.objects.live().of(self.owner_asked_for(request)).for_list()
        return pagination.respond(request, rows, NEWEST_FIRST, serializers.token_out)

    def owner_asked_for(self, request: Request) -> uuid.UUID:
        own: uuid.UUID = self.caller.user.pk
        text = views.single(request, "user")
        if text is None:
            return own
        asked = views.identifier("user", text)
        if asked != own and not self.caller.is_admin:
            raise PermissionDenied("Only an administrator may see somebody else's tokens.")
        return asked

    def create(self, request: Request) -> HttpResponse:
        data = self.validated(serializers.CreateTokenInput)
        owner = self.owner_named(data.pop("user", None))
        if LEVELS[data["scope"]] > self.caller.scope:
            raise PermissionDenied("A token made with a token has at most its scope.")
        data["expires_at"] = expiry(data.get("expires_at"), self.caller)
        token, secret = tokens.issue_token(owner, **data, actor=self.caller.user)
        return views.json_once(serializers.token_out(token), {"token": secret}, 201)

    def owner_named(self, user_id: uuid.UUID | None) -> User:
        caller = self.caller
        if user_id is None or user_id == caller.user.pk:
            own: User = caller.user
            return own
        if not caller.is_admin:
            raise PermissionDenied("Only an administrator may make a token for somebody else.")
        owner: User = lookups.one(User.objects.active(), user_id, tokens.OwnerNotActive)
        return owner

    def destroy(self, request: Request, pk: uuid.UUID) -> HttpResponse:
        rows = ApiToken.objects.live().filter(pk=pk)
        if not self.caller.is_admin and not rows.of(self.caller.user.pk).exists():
            raise tokens.TokenNotFound
        tokens.revoke_token(pk, actor=self.caller.user)
        return views.no_content()


def expiry(asked: datetime | None, maker: Caller) -> datetime | None:
    """When a new token ends: as asked, and never after the token that made it."""
    if asked is None:
        ends: datetime | None = maker.token_expires_at
        return ends
    if maker.token_expires_at and asked > maker.token_expires_at:
        raise Invalid.field("expires_at", "A token made with a token ends no later than that one.")
    return asked


class AuditViewSet(views.ApiViewSet):
    operations = openapi.AUDIT
    access = {"list": ADMIN}
    parameters = {"list": pagination.PARAMETERS}

    def list(self, request: Request) -> HttpResponse:
        rows = AuditEntry.objects.select_related("actor")
        return pagination.respond(request, rows, NEWEST_FIRST, serializers.audit_entry_out)
