"""The list of incidents: the API's filters in the URL, with the parts of a form that the API does not know."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from operator import itemgetter
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from console.access import page
from core import clock, pagination
from core.callers import READ, CalledRequest, Caller
from core.errors import Invalid
from core.long_answers import LongAnswer
from incidents import export, filters
from incidents.api import KEYSETS
from incidents.filters import Wanted
from incidents.models import Incident, Severity, Status
from incidents.query_language import NotUnderstood, Text
from incidents.querysets import IncidentQuerySet
from incidents.search import engine, relevance
from incidents.search.excerpts import marked
from users import saved_views
from users.models import User

ORDERINGS = {
    "-created_at": "Newest first",
    "created_at": "Oldest first",
    "-updated_at": "Last changed first",
    "severity": "Most severe first",
    "relevance": "Best match first, of a search",
}
VIEWS = (
    ("All", ""),
    ("Needs somebody", "status=OPEN&status=ACK"),
    ("Open P1", "severity=P1&status=OPEN"),
    ("Mine", "assignee=me&status=OPEN&status=ACK"),
)
DAYS = ("created_after", "created_before")
LIMIT = 50
NUMBER = re.compile(r"#([0-9]{1,18})")


@page(GET=READ)
def show(request: CalledRequest) -> HttpResponse:
    request.GET = spelt(request.GET)  # type: ignore[assignment]  # which the filters and the cursors read
    is_fragment = bool(request.htmx) and not request.htmx.history_restore_request  # type: ignore[attr-defined]  # by django-htmx
    if not is_fragment and (incident := jumped_to(request.GET)):
        return redirect("console:incident", incident.pk)
    try:
        context: dict[str, Any] = {"listed": fetched(request)}
    except Invalid as error:
        context = {"errors": error.details, "told": told(error)}
    query = query_of(request.GET)
    context |= {"query": query, "is_filtered": bool(query), "views": views(request.caller, query)}
    context["people"] = list(User.objects.first_by_name())
    context |= {"is_fragment": True} if is_fragment else form_context(request)
    template = "console/incidents/listed.html" if is_fragment else "console/incidents.html"
    # htmx shows nothing of a 400; and a search that is still being typed is no mistake yet.
    response = render(request, template, context, status=400 if "errors" in context and not is_fragment else 200)
    patch_vary_headers(response, ["HX-Request"])
    return response


def jumped_to(query: QueryDict) -> Incident | None:
    """Whoever asks for #42 alone wants to see it."""
    number = NUMBER.fullmatch(query.get("q", "").strip())
    if number is None or len(query) > 1:
        return None
    return Incident.objects.filter(number=int(number[1])).only("pk").first()


def told(error: Invalid) -> str:
    """What is said under the box of the search."""
    if isinstance(error, NotUnderstood):
        return error.sentence
    return " ".join(error.details.get("q", ()))


@page(GET=READ, spends={"GET": "exports"})
def download(request: CalledRequest) -> LongAnswer:
    """The same filters, as a file; always newest first."""
    request.GET = spelt(request.GET)  # type: ignore[assignment]  # which the filters and the cursors read
    return export.answer("incidents.csv", "text/csv; charset=utf-8", export.as_csv(wanted(request).or_nearest().rows()))


def spelt(sent: QueryDict) -> QueryDict:
    """As the API writes it: a form sends its empty fields too, and days where the API takes moments."""
    query = QueryDict(mutable=True)
    for name, values in sent.lists():
        kept = [value for value in values if value.strip()]
        if kept:
            query.setlist(name, [moment(value) for value in kept] if name in DAYS else kept)
    if query.get("ordering") == "relevance" and "q" not in query:
        del query["ordering"]  # the words were taken out, and what they were ordered by stayed
    return query


def moment(text: str) -> str:
    """A day begins when it does in the viewer's zone; whatever is no day stays as it is."""
    if not clock.DATE.fullmatch(text):
        return text
    try:
        return clock.rfc3339(clock.midnight(date.fromisoformat(text), timezone.get_current_timezone()))
    except (ValueError, OverflowError):
        return text


def wanted(request: CalledRequest) -> Wanted:
    return filters.wanted(request, request.caller, is_typed=True)  # type: ignore[arg-type]  # admitted


@dataclass(frozen=True, slots=True)
class Listed:
    incidents: list[Incident]
    next: str | None
    previous: str | None
    searched_for: str = ""  # where nothing matched what was written


def fetched(request: CalledRequest) -> Listed:
    asked = wanted(request)
    found = turned(request, asked)
    if not found.incidents and asked.text is not None:
        nearest = asked.or_nearest()
        if nearest is not asked:
            asked, found = nearest, replace(turned(request, nearest), searched_for=str(nearest.text))
    add_excerpts(found.incidents, asked.text)
    return found


def turned(request: CalledRequest, asked: Wanted) -> Listed:
    order = filters.ordering(request, asked.text)
    limit = pagination.limit_of(request) if "limit" in request.GET else LIMIT
    if asked.text is not None and order == "relevance":
        return ranked(request, asked.rows(), asked.text, limit)
    shown, following, previous = pagination.page_of(request, asked.rows().for_board(), KEYSETS[order], limit)
    return Listed(shown, following, previous)


def add_excerpts(incidents: list[Incident], text: Text | None) -> None:
    """`excerpt` of each: the title, and a part of another text in which the words stand, too, as HTML."""
    found = engine().excerpts([incident.pk for incident in incidents], text) if text and incidents else {}
    for incident in incidents:
        incident.excerpt = {name: marked(pieces) for name, pieces in found.get(incident.pk, {}).items()}  # type: ignore[attr-defined]  # for the template


def ranked(request: CalledRequest, rows: IncidentQuerySet, text: Text, limit: int) -> Listed:
    page = relevance.by_relevance(rows, text, request, limit)
    found = {
        str(incident.pk): incident
        for incident in Incident.objects.filter(pk__in=[hit[2] for hit in page.hits]).for_board()
    }
    return Listed(relevance.in_order(page.hits, found), page.next, page.previous)


def query_of(sent: QueryDict) -> str:
    """The filters alone, in one order: what a saved view keeps, and what the export takes."""
    kept = [(name, value) for name, values in sent.lists() if name not in pagination.PARAMETERS for value in values]
    return urlencode(sorted(kept, key=itemgetter(0)))


def views(caller: Caller | None, query: str) -> list[dict[str, Any]]:
    """Those that everybody has, and then this person's own."""
    own = saved_views.of(caller.user) if caller else ()
    found: list[dict[str, Any]] = [{"name": name, "query": view} for name, view in VIEWS]
    found += [{"name": view.name, "query": view.query, "pk": view.pk} for view in own]
    return [view | {"is_current": view["query"] == query} for view in found]


def form_context(request: CalledRequest) -> dict[str, Any]:
    """What the form around the list shows as chosen."""
    return {
        "statuses": [(status, status in request.GET.getlist("status")) for status in Status],
        "severities": [(severity, severity in request.GET.getlist("severity")) for severity in Severity],
        "orderings": ORDERINGS,
        "chosen": {name: request.GET.get(name, "") for name in ("q", "assignee", "created_by", "ordering")},
        "days": {name: day(request.GET.get(name, "")) for name in DAYS},
    }


def day(text: str) -> str:
    """What a date field shows of a moment."""
    try:
        return timezone.localtime(datetime.fromisoformat(text)).date().isoformat()
    except ValueError:
        return ""
