"""What the API takes in and gives out about people, tokens and the audit log."""

from collections.abc import Sequence
from itertools import repeat
from typing import Any

from django.conf import settings

from core.budgets import Account, Usage
from core.clock import rfc3339, rfc3339_or_none
from core.fields import Boolean, Choice, Email, Identifier, Moment, Name, Text, TimeZone
from core.views import Input
from users.models import ApiToken, AuditEntry, Role, Scope, User

STRONG = "At least 10 characters, not only digits, not a common password, not like the name or the e-mail."


class CreateUserInput(Input):
    email = Email(max_length=254)
    name = Name()
    role = Choice(choices=Role.choices, required=False, help_text="responder unless said otherwise")
    password = Text(max_length=256, required=False, help_text=STRONG)
    timezone = TimeZone(max_length=64, required=False)


class EditOwnInput(Input):
    name = Name(required=False)
    timezone = TimeZone(max_length=64, required=False)


class EditUserInput(EditOwnInput):
    email = Email(max_length=254, required=False)
    role = Choice(choices=Role.choices, required=False)
    password = Text(max_length=256, required=False, help_text=STRONG)
    is_active = Boolean(required=False)


class CreateTokenInput(Input):
    name = Name()
    scope = Choice(choices=Scope.choices)
    expires_at = Moment(required=False, allow_null=True, help_text="In the future. Without it the token does not end.")
    user = Identifier(required=False, help_text="Who will own it: an active user; you, unless an admin says otherwise.")


def user_out(user: User) -> dict[str, Any]:
    return {
        "id": user.pk,
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "timezone": user.timezone,
        "is_active": user.is_active,
        "created_at": rfc3339(user.created_at),
        "updated_at": rfc3339(user.updated_at),
    }


def limits_out(accounts: Sequence[Account], usages: Sequence[Usage | None] | None) -> list[dict[str, Any]]:
    return [
        {
            "class": account.policy,
            "limit": account.budget.limit,
            "window_seconds": account.budget.window,
            "burst": account.budget.burst,
            "used": usage.count if usage else None,
            "remaining": usage.left if usage else None,
            "resets_in_seconds": usage.seconds if usage else None,
            "counted_for": account.whose.partition(":")[0],
        }
        for account, usage in zip(accounts, usages or repeat(None, len(accounts)), strict=True)
    ]


def logins_out(failures: int, seconds: int) -> dict[str, Any]:
    """Of failed ones, by account; they are counted in PostgreSQL."""
    limit = settings.AXES_FAILURE_LIMIT
    return {
        "class": "logins",
        "limit": limit,
        "window_seconds": int(settings.AXES_COOLOFF_TIME.total_seconds()),
        "burst": 0,
        "used": failures,
        "remaining": max(0, limit - failures),
        "resets_in_seconds": seconds,
        "counted_for": "user",
    }


def token_out(token: ApiToken) -> dict[str, Any]:
    return {
        "id": token.pk,
        "name": token.name,
        "scope": token.scope,
        "user": person_out(token.user),
        "prefix": token.prefix,
        "expires_at": rfc3339_or_none(token.expires_at),
        "last_used_at": rfc3339_or_none(token.last_used_at),
        "created_at": rfc3339(token.created_at),
    }


def audit_entry_out(entry: AuditEntry) -> dict[str, Any]:
    return {
        "id": entry.pk,
        "action": entry.action,
        "actor": person_out(entry.actor),
        "target": {"type": entry.target_type, "id": entry.target_id},
        "before": entry.before,
        "after": entry.after,
        "request_id": entry.request_id,
        "address": entry.address,
        "created_at": rfc3339(entry.created_at),
    }


def person_out(user: User | None) -> dict[str, Any] | None:
    return {"id": user.pk, "name": user.name, "email": user.email} if user else None
