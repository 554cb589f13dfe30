"""How one logs in: password, second factors, and the browsers where one is logged in."""

from typing import Any

from django.contrib.auth import authenticate
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from console import forms
from console.access import page
from core.callers import READ, CalledRequest
from core.errors import Invalid
from users import lockout, second_factors, services, sessions

WRONG = {"current": ["This is not your password. After ten wrong ones it has to wait for a minute."]}


@page(GET=READ)
def show(request: CalledRequest) -> HttpResponse:
    return shown(request)


@page(GET=READ, POST=READ)
def change_password(request: CalledRequest) -> HttpResponse:
    """Every other session ends; this one stays. Wrong passwords count like those of the log-in."""
    if request.method != "POST":
        return forms.go_to(reverse("console:security"))
    user = forms.sender(request)
    if authenticate(request, email=user.email, password=request.POST.get("current", "")) != user:
        return shown(request, status=400, errors=WRONG)
    lockout.forgive(request, user.email)
    try:
        changed = services.edit_user(user.pk, actor=user, password=request.POST.get("password", ""))
    except Invalid as error:
        return shown(request, status=400, errors=error.details)
    sessions.keep(request, changed)
    words = "Your password is changed, and every other session has ended."
    return forms.done(request, words, reverse("console:security"))


@page(POST=READ)
def end_session(request: CalledRequest, pk: int) -> HttpResponse:
    sessions.end(forms.sender(request), pk)
    return forms.done(request, "That session has ended.", reverse("console:security"))


@page(POST=READ)
def end_other_sessions(request: CalledRequest) -> HttpResponse:
    ended = sessions.end_others(forms.sender(request), request.session.session_key)
    return forms.done(request, f"{ended} ended.", reverse("console:security"))


def shown(request: CalledRequest, status: int = 200, **state: Any) -> HttpResponse:
    user = forms.sender(request)
    context = {
        "sessions": sessions.of(user)[: sessions.MOST_SHOWN],
        "current": request.session.session_key,
        "factors": [factor.type for factor in second_factors.of(user)],
        "has_password": user.has_usable_password(),
        **state,
    }
    return render(request, "console/security.html", context, status=status)
