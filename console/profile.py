"""One's own name, time zone, theme and mails."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from console import forms, mail_preferences
from console.access import page
from core.callers import READ, CalledRequest
from core.errors import Invalid
from core.fields import zones
from notifications import preferences
from users import services
from users.models import Theme, User
from users.serializers import EditOwnInput


@page(GET=READ, POST=READ)
def show(request: CalledRequest) -> HttpResponse:
    user = forms.sender(request)
    typed = typed_of(user)
    if request.method != "POST":
        return shown(request, typed)
    typed = {field: forms.text(request, field) for field in typed}
    try:
        data = forms.checked(EditOwnInput, name=typed["name"], timezone=typed["timezone"])
        theme = theme_named(typed["theme"])
    except Invalid as error:
        return shown(request, typed, status=400, errors=error.details)
    services.edit_user(user.pk, actor=user, **data)
    services.set_theme(user, theme)
    return forms.done(request, "Saved.", reverse("console:profile"))


@page(GET=READ, POST=READ)
def choose_mails(request: CalledRequest) -> HttpResponse:
    user = forms.sender(request)
    if request.method == "POST" and request.POST.get("do") == "forget":
        preferences.forget_own(user)
        messages.success(request, "You get the mails that everybody gets.")
    elif request.method == "POST":
        typed = mail_preferences.typed_in(request)
        try:
            preferences.set_own(user, **typed)
        except Invalid as error:
            return shown(request, typed_of(user), status=400, mails=typed, mail_errors=error.details)
        messages.success(request, "Saved.")
    return forms.go_to(f"{reverse('console:profile')}#mails")


def typed_of(user: User) -> dict[str, Any]:
    return {"name": user.name, "timezone": user.timezone, "theme": user.theme}


def theme_named(name: str) -> Theme:
    if name not in Theme.values:
        raise Invalid.field("theme", f"Write one of {', '.join(Theme.values)}.")
    return Theme(name)


def shown(request: CalledRequest, typed: dict[str, Any], status: int = 200, **state: Any) -> HttpResponse:
    user = forms.sender(request)
    mails = state.pop("mails", None) or preferences.of(user)
    context = {"typed": typed, "themes": Theme.choices, "zones": sorted(zones()), **state}
    context |= {
        **mail_preferences.shown_fields(mails, mail_preferences.OWN_WORDS),
        "has_own": preferences.has_own(user),
    }
    return render(request, "console/profile.html", context, status=status)
