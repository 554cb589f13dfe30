"""For administrators: what was told to whom, newest first, by filters that all stand in the address."""

import re
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from console.access import page
from console.templatetags.deliveries import EVENT_WORDS
from core import pagination, views
from core.callers import ADMIN, CalledRequest
from core.errors import Invalid
from incidents.models import Incident
from notifications.api import NEWEST_FIRST
from notifications.models import Delivery, Endpoint, Kind, State

Rows = QuerySet[Delivery, Delivery]

LIMIT = 50
NUMBER = re.compile(r"#?([0-9]{1,18})", re.ASCII)


@page(GET=ADMIN)
def show(request: CalledRequest) -> HttpResponse:
    request.GET = without_empty(request.GET)  # type: ignore[assignment]  # which the filters and the cursors read
    context: dict[str, Any] = {"typed": request.GET.dict(), "is_filtered": bool(query_of(request)), **choices()}
    try:
        context |= listed(request)
    except Invalid as error:
        context["errors"] = error.details
    return render(request, "console/deliveries.html", context, status=400 if "errors" in context else 200)


def without_empty(sent: QueryDict) -> QueryDict:
    """A form sends its empty fields, too."""
    query = QueryDict(mutable=True)
    for name, values in sent.lists():
        kept = [value.strip() for value in values if value.strip()]
        if kept:
            query.setlist(name, kept)
    return query


def query_of(request: HttpRequest) -> str:
    return urlencode([(name, request.GET[name]) for name in FILTERS if name in request.GET])


def choices() -> dict[str, Any]:
    return {
        "endpoints": list(Endpoint.objects.to_choose_from()),
        "kinds": Kind.choices,
        "states": State.values,
        "events": EVENT_WORDS.items(),
    }


def listed(request: HttpRequest) -> dict[str, Any]:
    rows: Rows = Delivery.objects.for_page()
    unknown = request.GET.keys() - FILTERS.keys() - pagination.PARAMETERS.keys()
    if unknown:
        raise Invalid(details={name: ["This list has no such filter."] for name in sorted(unknown)})
    for name, narrow in FILTERS.items():
        value = views.single(request, name)
        rows = rows if value is None else narrow(rows, value.replace("\0", ""))
    limit = pagination.limit_of(request) if "limit" in request.GET else LIMIT
    deliveries, following, previous = pagination.page_of(request, rows, NEWEST_FIRST, limit)
    numbers = numbers_of(deliveries)
    told = [(delivery, numbers.get(delivery.incident_id)) for delivery in deliveries]
    return {"deliveries": told, "next": following, "previous": previous}


def numbers_of(deliveries: list[Delivery]) -> dict[uuid.UUID | None, int]:
    """Of their incidents, as far as these are still there."""
    ids = {delivery.incident_id for delivery in deliveries if delivery.incident_id}
    return dict(Incident.objects.filter(pk__in=ids).values_list("pk", "number")) if ids else {}


def to_endpoint(rows: Rows, text: str) -> Rows:
    return rows.filter(endpoint=views.identifier("endpoint", text))


def of_kind(rows: Rows, text: str) -> Rows:
    return rows.filter(kind=one_of("kind", text, Kind.values))


def in_state(rows: Rows, text: str) -> Rows:
    return rows.filter(state=one_of("state", text, State.values))


def of_event(rows: Rows, text: str) -> Rows:
    return rows.filter(type=one_of("event", text, list(EVENT_WORDS)))


def of_incident(rows: Rows, text: str) -> Rows:
    """By its number, or by its id, which outlives it."""
    number = NUMBER.fullmatch(text)
    if number is None:
        return rows.filter(incident_id=views.identifier("incident", text))
    found = Incident.objects.filter(number=int(number[1])).values_list("pk", flat=True).first()
    if found is None:
        raise Invalid.field("incident", "There is no incident with this number. One that was deleted has its id still.")
    return rows.filter(incident_id=found)


def one_of(name: str, text: str, known: list[str]) -> str:
    if text not in known:
        raise Invalid.field(name, f"Choose one of {', '.join(known)}.")
    return text


FILTERS: dict[str, Callable[[Rows, str], Rows]] = {
    "endpoint": to_endpoint,
    "kind": of_kind,
    "state": in_state,
    "event": of_event,
    "incident": of_incident,
}
