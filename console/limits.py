"""For administrators: who has come near a limit or over it within the hour, and what single people may do instead."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from console import forms
from console.access import page
from core import budgets, lookups, rate_limits
from core.budgets import CLASSES, Account, Usage
from core.callers import ADMIN, CalledRequest
from core.errors import Invalid
from users import quotas, services, tokens
from users.models import ApiToken, User

MOST = 100
WORDS = {
    "writes": "Writes",
    "reads": "Reads",
    "search": "Searches",
    "exports": "Exports",
    rate_limits.ADDRESS: "Writes of an address",
}
SET = {"user": quotas.set_of_user, "token": quotas.set_of_token}


@dataclass(frozen=True, slots=True)
class Row:
    words: str
    kind: str  # user, token, or the address itself
    holder: Any
    name: str
    usage: Usage
    near_at: datetime | None
    refused_at: datetime | None


@page(GET=ADMIN)
def show(request: CalledRequest) -> HttpResponse:
    found = budgets.remembered(MOST)
    context = {
        "is_off": not settings.RATE_LIMITS_ENABLED,
        "rows": rows(found) if found is not None else None,
        "people": list(User.objects.exclude(quotas=None).order_by("name", "id")[:MOST]),
        "tokens": list(ApiToken.objects.live().exclude(quotas=None).for_list().defer("digest")[:MOST]),
        "budgets": [(WORDS[name], *settings.RATE_LIMITS[name]) for name in CLASSES],
    }
    return render(request, "console/limits.html", context)


def rows(found: dict[tuple[str, str], tuple[float, float]]) -> list[Row] | None:
    """Two queries and one trip, however many there are."""
    holders = holders_of([whose for _, whose in found])
    known = {(policy, whose): at for (policy, whose), at in found.items() if policy in WORDS}
    accounts = [account(policy, whose, holders.get(whose)) for policy, whose in known]
    usages = budgets.look(accounts)
    if usages is None:
        return None
    return [row(usage, holders.get(usage.account.whose), *known[usage.account[:2]]) for usage in usages]


def holders_of(whose: list[str]) -> dict[str, Any]:
    ids: dict[str, list[str]] = {"user": [], "token": []}
    for each in whose:
        kind, _, pk = each.partition(":")
        if kind in ids:
            ids[kind].append(pk)
    people = User.objects.filter(pk__in=ids["user"])
    of_people = ApiToken.objects.filter(pk__in=ids["token"]).for_list().defer("digest")
    return {f"user:{user.pk}": user for user in people} | {f"token:{token.pk}": token for token in of_people}


def account(policy: str, whose: str, holder: Any) -> Account:
    return rate_limits.account_at(policy, whose, ((holder.quotas if holder else None) or {}).get(policy))


def row(usage: Usage, holder: Any, near: float, refused: float) -> Row:
    kind, _, name = usage.account.whose.partition(":")
    if holder is None:
        kind, name = "", usage.account.whose.removeprefix("ip:")
    return Row(WORDS[usage.account.policy], kind, holder, name, usage, moment(near), moment(refused))


def moment(seconds: float) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


@page(GET=ADMIN, POST=ADMIN)
def quota(request: CalledRequest, kind: str, pk: uuid.UUID) -> HttpResponse:
    holder = holder_at(kind, pk)
    if request.method != "POST":
        stored = holder.quotas or {}
        return shown(request, kind, holder, {name: str(stored.get(name, "")) for name in CLASSES})
    typed = {name: forms.text(request, name).strip() for name in CLASSES}
    try:
        SET[kind](pk, asked_for(typed), actor=forms.sender(request))
    except Invalid as error:
        return shown(request, kind, holder, typed, status=error.status, errors=error.details)
    return forms.go_to(reverse("console:limits"))


def holder_at(kind: str, pk: uuid.UUID) -> Any:
    if kind == "user":
        return lookups.one(User.objects.all(), pk, services.UserNotFound)
    return lookups.one(ApiToken.objects.live().for_list().defer("digest"), pk, tokens.TokenNotFound)


def asked_for(typed: dict[str, str]) -> dict[str, int]:
    """What is no number is one that is refused by name."""
    return {name: number(text) for name, text in typed.items() if text}


def number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def shown(
    request: CalledRequest, kind: str, holder: Any, typed: dict[str, str], status: int = 200, **state: Any
) -> HttpResponse:
    context = {
        "kind": kind,
        "holder": holder,
        "fields": [(name, WORDS[name], typed[name], *settings.RATE_LIMITS[name]) for name in CLASSES],
        "most": quotas.MOST,
        "tokens": list(ApiToken.objects.live().of(holder.pk).defer("digest").order_by("-id")[:MOST])
        if kind == "user"
        else [],
        **state,
    }
    return render(request, "console/people/quota.html", context, status=status)
