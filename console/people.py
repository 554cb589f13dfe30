"""For administrators: who is here, who is invited, what they may do, and what is theirs when they leave."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from console import forms
from console.access import page
from core import lookups, pagination
from core.callers import ADMIN, CalledRequest
from core.errors import DomainError, Invalid
from incidents.models import Incident
from users import credentials, lockout, second_factors, services
from users.api import NEWEST_FIRST
from users.models import Role, User
from users.serializers import CreateUserInput, EditUserInput

LIMIT = 50
MOST_ASSIGNED = 50
ROLES = {
    Role.VIEWER: "Viewer: reads",
    Role.RESPONDER: "Responder: works on incidents",
    Role.ADMIN: "Administrator: manages people too",
}


@page(GET=ADMIN)
def show(request: CalledRequest) -> HttpResponse:
    people, following, previous = pagination.page_of(request, User.objects.all(), NEWEST_FIRST, LIMIT)
    return render(request, "console/people.html", {"people": people, "next": following, "previous": previous})


@page(GET=ADMIN, POST=ADMIN)
def invite(request: CalledRequest) -> HttpResponse:
    typed = {name: forms.text(request, name) for name in ("email", "name", "role")}
    if request.method != "POST":
        return shown_invitation(request, {"role": Role.RESPONDER})
    try:
        data = forms.checked(CreateUserInput, **typed)
        user = credentials.invite(**data, actor=forms.sender(request))
    except DomainError as error:
        return shown_invitation(request, typed, status=error.status, errors=error.details)
    return forms.done(request, f"A mail to {user.email} is on its way.", address(user.pk))


def shown_invitation(request: CalledRequest, typed: dict[str, Any], status: int = 200, **state: Any) -> HttpResponse:
    context = {"typed": typed, "roles": ROLES, **state}
    return render(request, "console/people/invite.html", context, status=status)


@page(GET=ADMIN, POST=ADMIN)
def person(request: CalledRequest, pk: uuid.UUID) -> HttpResponse:
    user = lookups.one(User.objects.all(), pk, services.UserNotFound)
    if request.method != "POST":
        return shown(request, user)
    act = ACTIONS.get(request.POST.get("do", ""))
    if act is None:
        raise Invalid("This form asks for nothing that can be done here.")
    try:
        messages.success(request, act(request, user, forms.sender(request)))
    except DomainError as error:
        user.refresh_from_db()
        return shown(request, user, status=error.status, error=error)
    return forms.go_to(address(pk))


def change_role(request: CalledRequest, user: User, actor: User) -> str:
    data = forms.checked(EditUserInput, role=request.POST.get("role", ""))
    return f"{services.edit_user(user.pk, actor=actor, **data).get_role_display()} from now on."


def deactivate(request: CalledRequest, user: User, actor: User) -> str:
    services.edit_user(user.pk, actor=actor, is_active=False)
    return "Deactivated: sessions and tokens have ended."


def activate(request: CalledRequest, user: User, actor: User) -> str:
    services.edit_user(user.pk, actor=actor, is_active=True)
    return "Active again."


def invite_again(request: CalledRequest, user: User, actor: User) -> str:
    credentials.invite_again(user.pk, actor=actor)
    return f"Another mail to {user.email} is on its way."


def unlock(request: CalledRequest, user: User, actor: User) -> str:
    lockout.unlock(user, actor=actor)
    return "Failed log-ins are forgotten."


def remove_second_factors(request: CalledRequest, user: User, actor: User) -> str:
    return f"{second_factors.remove_all(user, actor=actor)} removed."


ACTIONS: dict[str, Callable[[CalledRequest, User, User], str]] = {
    "role": change_role,
    "deactivate": deactivate,
    "activate": activate,
    "invite": invite_again,
    "unlock": unlock,
    "second-factors": remove_second_factors,
}


def address(pk: uuid.UUID) -> str:
    return reverse("console:person", args=[pk])


def shown(request: CalledRequest, user: User, status: int = 200, **state: Any) -> HttpResponse:
    assigned = Incident.objects.open().filter(assignee=user).order_by("-created_at", "-id")
    context = {
        "shown": user,
        "is_self": user.pk == forms.sender(request).pk,
        "roles": ROLES,
        "factors": [factor.type for factor in second_factors.of(user)],
        "assigned": list(assigned.only("id", "number", "title", "severity", "status")[: MOST_ASSIGNED + 1]),
        "most": MOST_ASSIGNED,
        **state,
    }
    return render(request, "console/people/person.html", context, status=status)
