"""One's own API tokens: made, shown once, taken back."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from console import forms
from console.access import page
from core import form_keys, pagination
from core.callers import READ, CalledRequest
from core.clock import rfc3339
from core.errors import DomainError
from users import tokens
from users.api import NEWEST_FIRST
from users.models import ApiToken, Scope
from users.serializers import CreateTokenInput

LIMIT = 50
DAYS = {"": "Never", "7": "In 7 days", "30": "In 30 days", "90": "In 90 days", "365": "In a year"}
SCOPES = {Scope.READ: "Read", Scope.WRITE: "Read and write", Scope.ADMIN: "Everything that you may do"}


@page(GET=READ, POST=READ)
def show(request: CalledRequest) -> HttpResponse:
    typed = {name: forms.text(request, name) for name in ("name", "scope", "days")}
    if request.method != "POST":
        return shown(request, {**typed, "scope": Scope.WRITE}, form_keys.new())
    made: dict[str, str] = {}

    def make() -> str:
        data = forms.checked(
            CreateTokenInput, name=typed["name"], scope=typed["scope"], expires_at=end_of(typed["days"])
        )
        user = forms.sender(request)
        made["secret"] = tokens.issue_token(user, **data, actor=user)[1]
        return reverse("console:tokens")

    try:
        place = form_keys.run_once(request, make)
    except DomainError as error:
        key, errors = forms.key_after(request, error), forms.errors_of(error)
        return shown(request, typed, key, status=error.status, errors=errors)
    if not made:  # the same form a second time: its token was shown, and is nowhere
        return forms.go_to(place)
    return shown(request, {"scope": Scope.WRITE}, form_keys.new(), made=made["secret"])


def end_of(days: str) -> str | None:
    if days not in DAYS or not days:
        return None
    ends: datetime = timezone.now() + timedelta(days=int(days))
    return rfc3339(ends)


@page(POST=READ)
def revoke(request: CalledRequest, pk: uuid.UUID) -> HttpResponse:
    """An administrator revokes those of others in the API and on the admin site; here are one's own."""
    user = forms.sender(request)
    if not ApiToken.objects.live().of(user.pk).filter(pk=pk).exists():
        raise tokens.TokenNotFound
    tokens.revoke_token(pk, actor=user)
    return forms.done(request, "The token is revoked.", reverse("console:tokens"))


def shown(request: CalledRequest, typed: dict[str, Any], key: str, status: int = 200, **state: Any) -> HttpResponse:
    rows = ApiToken.objects.live().of(forms.sender(request).pk).defer("digest")
    listed, following, previous = pagination.page_of(request, rows, NEWEST_FIRST, LIMIT)
    context = {
        "tokens": listed,
        "next": following,
        "previous": previous,
        "now": timezone.now(),
        "typed": typed,
        "key": key,
        "scopes": SCOPES,
        "days": DAYS,
        **state,
    }
    return render(request, "console/tokens.html", context, status=status)
