"""One's own name, time zone and theme."""

from typing import Any
from zoneinfo import available_timezones

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from console import forms
from console.access import page
from core.callers import READ, CalledRequest
from core.errors import Invalid
from core.fields import NOT_ZONES
from users import services
from users.models import Theme
from users.serializers import EditOwnInput


@page(GET=READ, POST=READ)
def show(request: CalledRequest) -> HttpResponse:
    user = forms.sender(request)
    typed = {"name": user.name, "timezone": user.timezone, "theme": user.theme}
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
    messages.success(request, "Saved.")
    return forms.go_to(reverse("console:profile"))


def theme_named(name: str) -> Theme:
    if name not in Theme.values:
        raise Invalid.field("theme", f"Write one of {', '.join(Theme.values)}.")
    return Theme(name)


def shown(request: CalledRequest, typed: dict[str, Any], status: int = 200, **state: Any) -> HttpResponse:
    zones = sorted(available_timezones() - NOT_ZONES)
    context = {"typed": typed, "themes": Theme.choices, "zones": zones, **state}
    return render(request, "console/profile.html", context, status=status)
