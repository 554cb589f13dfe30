"""Which mails somebody gets: what the profile shows of it, and the administrators' page of what holds otherwise."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from console import forms
from console.access import page
from core.callers import ADMIN, CalledRequest
from core.errors import Invalid
from incidents.models import Severity
from notifications import preferences

SEVERAL = ("created_severities", "assigned_severities")
WORDS = {"created_severities": "A new incident", "assigned_severities": "An incident that is assigned to them"}
OWN_WORDS = {"created_severities": "A new incident", "assigned_severities": "An incident that is assigned to me"}


def typed_in(request: CalledRequest) -> dict[str, Any]:
    return {name: request.POST.getlist(name) for name in SEVERAL} | {"wants_summary": "wants_summary" in request.POST}


def shown_fields(chosen: dict[str, Any], words: dict[str, str]) -> dict[str, Any]:
    """What templates/console/mails/fields.html takes."""
    return {
        "mail_kinds": [(name, words[name], chosen[name]) for name in SEVERAL],
        "wants_summary": chosen["wants_summary"],
        "all_severities": Severity.values,
    }


@page(GET=ADMIN, POST=ADMIN)
def defaults(request: CalledRequest) -> HttpResponse:
    if request.method != "POST":
        return shown(request, preferences.defaults())
    typed = typed_in(request)
    try:
        preferences.set_defaults(actor=forms.sender(request), **typed)
    except Invalid as error:
        return shown(request, typed, status=400, errors=error.details)
    return forms.done(request, "Saved.", reverse("console:mail_defaults"))


def shown(request: CalledRequest, chosen: dict[str, Any], status: int = 200, **state: Any) -> HttpResponse:
    context = {**shown_fields(chosen, WORDS), **state}
    return render(request, "console/mails/defaults.html", context, status=status)
