"""The form that opens an incident, and what may be the same incident already."""

import re
from typing import Any

from django.contrib.postgres.search import SearchRank
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import render

from console import forms, incident_page, markdown
from console.access import page
from core import form_keys
from core.callers import WRITE, CalledRequest
from core.errors import DomainError
from incidents import lifecycle, services
from incidents.models import Incident, Severity
from incidents.search.statement import any_of
from incidents.serializers import OpenInput
from users.models import User

FIELDS = ("title", "severity", "description", "assignee")
SEVERITY_WORDS = {Severity.P1: "Customers cannot work", Severity.P2: "Something is broken", Severity.P3: "Can wait"}
# Shorter words are in every title.
WORD = re.compile(r"\w[\w.-]{2,}")
MOST_WORDS, MOST_DUPLICATES = 10, 5
# The newest of each status: what has been open for longer is known, and all of a million cannot be ranked in time.
COMPARED = 1_000
UNRESOLVED = [status for status, targets in lifecycle.ALLOWED.items() if targets]


@page(GET=WRITE, POST=WRITE)
def new(request: CalledRequest) -> HttpResponse:
    if request.method != "POST":
        return shown(request, {"title": request.GET.get("title", "")[:200], "severity": ""}, form_keys.new())
    typed = {name: forms.text(request, name) for name in FIELDS}
    try:
        data = forms.checked(OpenInput, **{**typed, "assignee": typed["assignee"] or None})
        if "preview" in request.POST:
            return shown(request, typed, forms.key_after(request), preview=markdown.render(data["description"]))
        return forms.send_once(request, lambda: opened(data, forms.sender(request)))
    except DomainError as error:
        key, errors = forms.key_after(request, error), forms.errors_of(error)
        return shown(request, typed, key, status=error.status, errors=errors)


def opened(data: dict[str, Any], actor: User) -> str:
    assignee = services.active_user("assignee", data.pop("assignee"))
    return incident_page.address(services.open_incident(**data, actor=actor, assignee=assignee).pk)


def shown(request: CalledRequest, typed: dict[str, str], key: str, status: int = 200, **state: Any) -> HttpResponse:
    context = {
        "typed": typed,
        "key": key,
        "severities": [(severity, SEVERITY_WORDS[severity]) for severity in Severity],
        "people": User.objects.for_choice(),
        "duplicates": possible_duplicates(typed["title"]),
        **state,
    }
    return render(request, "console/new_incident.html", context, status=status)


@page(GET=WRITE)
def duplicates(request: CalledRequest) -> HttpResponse:
    """A fragment, asked for while the title is typed."""
    found = possible_duplicates(request.GET.get("title", ""))
    return render(request, "console/incident/duplicates.html", {"duplicates": found})


def possible_duplicates(title: str) -> list[dict[str, Any]]:
    """Incidents that still need somebody and share at least half of the title's words, the likeliest first."""
    words = list(dict.fromkeys(WORD.findall(title.lower()[:200])))[:MOST_WORDS]
    if not words:
        return []
    query = any_of(words)
    rows = Incident.objects.newest_of(UNRESOLVED, COMPARED).filter(search=query)
    ranked = rows.annotate(rank=SearchRank(F("search"), query)).order_by("-rank", "-created_at")
    found = ranked.values("id", "number", "title", "description", "severity", "status", "created_at")
    return [incident for incident in found[: 4 * MOST_DUPLICATES] if is_alike(incident, words)][:MOST_DUPLICATES]


def is_alike(incident: dict[str, Any], words: list[str]) -> bool:
    text = f"{incident['title']} {incident['description']}".lower()
    return 2 * sum(word in text for word in words) >= len(words)
