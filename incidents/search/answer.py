"""The list of incidents that a search gives, over HTTP."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from core import pagination, views
from core.pagination import Keyset, Turned
from incidents import filters, representation
from incidents.filters import Wanted
from incidents.models import Incident
from incidents.querysets import INCIDENT_COLUMNS
from incidents.search import engine, excerpts, relevance

ID = INCIDENT_COLUMNS.index("id")


def answer(wanted: Wanted, request: Request, keyset: Keyset | None) -> HttpResponse:
    """Without a keyset the best matches come first."""
    found = turned(wanted, request, keyset)
    more: dict[str, Any] = {}
    if filters.flag(request, "typos") and not found[0]:
        nearest = wanted.or_nearest()
        more["searched_for"] = None if nearest is wanted else str(nearest.text)
        wanted, found = nearest, found if nearest is wanted else turned(nearest, request, keyset)
    if filters.flag(request, "highlight"):
        more["highlights"] = highlights(wanted, found)
    rows, following, previous = found
    results = [representation.incident(row) for row in rows]
    return views.json({"results": results, "next": following, "previous": previous} | more)


def turned(wanted: Wanted, request: Request, keyset: Keyset | None) -> Turned:
    """A page of rows of INCIDENT_COLUMNS."""
    limit = pagination.limit_of(request)
    if keyset is None:
        return by_relevance(wanted, request, limit)
    read = pagination.from_models(wanted.rows().for_list(), keyset)
    return pagination.turned(request, keyset, read, pagination.places(keyset, INCIDENT_COLUMNS), limit)


def by_relevance(wanted: Wanted, request: Request, limit: int) -> Turned:
    assert wanted.text is not None  # noqa: S101  for the type checker: filters.ordering has seen to it
    page = relevance.by_relevance(wanted.rows(), wanted.text, request, limit)
    listed = Incident.objects.filter(pk__in=[hit[2] for hit in page.hits]).for_list()
    found = {str(row[ID]): row for row in listed}
    return relevance.in_order(page.hits, found), page.next, page.previous


def highlights(wanted: Wanted, found: Turned) -> dict[str, Any]:
    if wanted.text is None:
        return {}
    told = engine().excerpts([row[ID] for row in found[0]], wanted.text)
    return {str(pk): {name: excerpts.marked(pieces) for name, pieces in of.items()} for pk, of in told.items()}
