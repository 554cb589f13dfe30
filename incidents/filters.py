"""The query string of the list: each parameter has its parser here, and whatever does not fit is named."""

import uuid
from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request

from core import clock, views
from core.callers import Caller
from core.errors import Invalid, NotAuthenticated
from core.openapi.words import MOMENT, NAME, UUID, choice, query
from core.pagination import PARAMETERS as PAGE_PARAMETERS
from incidents.models import Severity, Status
from incidents.querysets import IncidentQuerySet

ORDERINGS = ("-created_at", "created_at", "-updated_at", "severity", "relevance")
LONGEST_QUERY = 200
PERSON = {"anyOf": [UUID, choice(["me", "none"])]}
PARAMETERS = PAGE_PARAMETERS | {
    "status": query({"type": "array", "items": choice(Status.values)}, "Any of these: repeated, or comma-separated."),
    "severity": query(
        {"type": "array", "items": choice(Severity.values)}, "Any of these: repeated, or comma-separated."
    ),
    "assignee": query(PERSON, "A user's id, `me`, or `none`."),
    "created_by": query(PERSON, "A user's id, `me`, or `none`."),
    "created_after": query(MOMENT, "Created at this time or later."),
    "created_before": query(MOMENT, "Created earlier than this time."),
    "q": query(
        NAME | {"maxLength": LONGEST_QUERY},
        "Full-text search in title, description and comments; of stop words alone it finds nothing.",
    ),
    "ordering": query(
        choice(ORDERINGS) | {"default": ORDERINGS[0]}, "`relevance` needs `q`, and ranks the newest 1,000 hits."
    ),
}


def apply(rows: IncidentQuerySet, request: HttpRequest | Request, caller: Caller) -> IncidentQuerySet:
    """All filters but `q`. Raises Invalid, or NotAuthenticated for `me` from nobody."""
    for name, known in (("status", Status.values), ("severity", Severity.values)):
        wanted = choices(request, name, known)
        if len(wanted) == 1:
            rows = rows.filter(**{name: wanted[0]})
        elif wanted:
            rows = rows.filter(**{f"{name}__in": wanted})
    for name in ("assignee", "created_by"):
        text = views.single(request, name)
        if text is not None:
            rows = rows.filter(**{name: person(name, text, caller)})
    return rows.created_between(moment(request, "created_after"), moment(request, "created_before"))


def choices(request: HttpRequest | Request, name: str, known: list[str]) -> list[str]:
    """Repeated, comma-separated, or both."""
    wanted = [word for text in request.GET.getlist(name) for word in text.split(",")]
    if any(word not in known for word in wanted):
        raise Invalid.field(name, f"Write one or more of {', '.join(known)}.")
    return sorted(set(wanted))


def person(name: str, text: str, caller: Caller) -> uuid.UUID | None:
    if text == "none":
        return None
    if text == "me":
        if caller.user is None:
            raise NotAuthenticated
        own: uuid.UUID = caller.user.pk
        return own
    return views.identifier(name, text)


def moment(request: HttpRequest | Request, name: str) -> Any:
    text = views.single(request, name)
    return None if text is None else clock.parse(name, text)


def words(request: HttpRequest | Request) -> str | None:
    """The full-text query, trimmed; None without one."""
    text = views.single(request, "q")
    if text is None:
        return None
    text = text.strip()
    if not 1 <= len(text) <= LONGEST_QUERY or "\0" in text:
        raise Invalid.field("q", f"Write 1 to {LONGEST_QUERY} characters.")
    return text


def ordering(request: HttpRequest | Request, q: str | None) -> str:
    name = views.single(request, "ordering")
    if name is None:
        return "-created_at"
    if name not in ORDERINGS or (name == "relevance" and q is None):
        raise Invalid.field("ordering", f"Write one of {', '.join(ORDERINGS)}; relevance only with q.")
    return name
