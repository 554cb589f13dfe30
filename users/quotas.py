"""Budgets of their own, that an administrator gives to a person or to a token: they come along with whoever calls."""

import uuid
from collections.abc import Mapping
from typing import Any

import orjson
from django.db import transaction

from core import lookups
from core.budgets import CLASSES
from core.errors import Invalid
from users import audit
from users.models import ApiToken, User
from users.services import UserNotFound
from users.tokens import TokenNotFound

MOST = 1_000_000


def parsed(column: str | None) -> dict[str, int] | None:
    """What a cursor brings is text still."""
    return orjson.loads(column) if column else None


@transaction.atomic
def set_of_user(user_id: uuid.UUID, quotas: Mapping[str, int], *, actor: User | None) -> User:
    """In place of those that there were: a class that is not named has the budget of everybody again."""
    user: User = lookups.one(User.objects.select_for_update(no_key=True), user_id, UserNotFound)
    store(user, "user", quotas, actor)
    return user


@transaction.atomic
def set_of_token(token_id: uuid.UUID, quotas: Mapping[str, int], *, actor: User | None) -> ApiToken:
    token: ApiToken = lookups.one(ApiToken.objects.live().select_for_update(no_key=True), token_id, TokenNotFound)
    store(token, "token", quotas, actor)
    return token


def store(of: Any, kind: str, quotas: Mapping[str, int], actor: User | None) -> None:
    check(quotas)
    before, after = of.quotas or {}, dict(quotas)
    if before == after:
        return
    of.quotas = after or None
    of.save(update_fields=["quotas"])
    audit.record("quotas.changed", actor=actor, target_type=kind, target_id=of.pk, before=before, after=after)


def check(quotas: Mapping[str, int]) -> None:
    """Raises Invalid, naming each class."""
    wrong = {
        name: [f"Write a whole number from 1 to {MOST:,}, or nothing."]
        for name, limit in quotas.items()
        if name not in CLASSES or not 1 <= limit <= MOST
    }
    if wrong:
        raise Invalid(details=wrong)
