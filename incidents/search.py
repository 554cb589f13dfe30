"""Full-text search over title, description and comments."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connection
from django.db.models import F
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThanOrEqual, TupleLessThanOrEqual
from django.http import HttpResponse
from rest_framework.request import Request

from core import pagination, views
from core.clock import rfc3339
from incidents.models import SEARCH_CONFIG, Incident
from incidents.querysets import INCIDENT_COLUMNS, IncidentQuerySet

RANKED_HITS = 1000

# Rank, created_at and id, in the form that a cursor carries: of two hits the greater comes first.
Hit = list[Any]


def query(words: str) -> SearchQuery:
    """As people write it: words, "phrases", or, -not. Never an error; of stop words alone it matches nothing."""
    return SearchQuery(words, config=SEARCH_CONFIG, search_type="websearch")


def has_index(words: str) -> bool:
    """False for words that are only left out ("-disk"): no index knows the rest, so all rows would be read."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT querytree(websearch_to_tsquery(%s, %s)) NOT IN ('', 'T')", [SEARCH_CONFIG, words])
        return bool(cursor.fetchone()[0])


def by_relevance(
    rows: IncidentQuerySet, words: str, request: Request, render: Callable[[Sequence[Any]], Any]
) -> HttpResponse:
    """Pages of the newest 1,000 hits, best first; those that match by a comment alone come last.

    The cursor carries a place in that order, and both ends of the stretch of time that page one ranked: a hit that
    comes, goes or changes its rank meanwhile shifts none of the others.
    """
    limit = pagination.limit_of(request)
    direction, place, ends = pagination.cursor_value(request) or ("n", None, None)
    hits = newest_hits(rows, words, ends)
    better, worse = split(hits, place)
    if direction == "p":
        shown, has_previous, has_next = better[-limit:], len(better) > limit, True
    else:
        shown, has_previous, has_next = worse[:limit], place is not None, len(worse) > limit
    if not shown:
        return views.json({"results": [], "next": None, "previous": None})
    ends = ends or [hits[0][1:], hits[-1][1:]]
    return views.json(
        {
            "results": [render(row) for row in rows_of(shown)],
            "next": pagination.link(request, ["n", shown[-1], ends]) if has_next else None,
            "previous": pagination.link(request, ["p", shown[0], ends]) if has_previous else None,
        }
    )


def newest_hits(rows: IncidentQuerySet, words: str, ends: Sequence[Any] | None) -> list[Hit]:
    """The hits that are ranked, newest first: those between the two ends, or simply the newest."""
    if ends:
        when = Tuple("created_at", "id")
        rows = rows.filter(TupleLessThanOrEqual(when, ends[0]), TupleGreaterThanOrEqual(when, ends[1]))
    ranked = rows.annotate(rank=SearchRank(F("search"), query(words))).order_by("-created_at", "-id")
    found = ranked.values_list("rank", "created_at", "id")[:RANKED_HITS]
    return [[rank, rfc3339(created_at), str(pk)] for rank, created_at, pk in found]


def split(hits: list[Hit], place: Hit | None) -> tuple[list[Hit], list[Hit]]:
    """The hits before `place` and those after it, best first; without a place all come after it."""
    ranked = sorted(hits, reverse=True)
    if place is None:
        return [], ranked
    return [hit for hit in ranked if hit > place], [hit for hit in ranked if hit < place]


def rows_of(hits: list[Hit]) -> list[Sequence[Any]]:
    """Their rows of INCIDENT_COLUMNS, in their order; without those deleted in this very moment."""
    ids = [hit[2] for hit in hits]
    found = {str(row[INCIDENT_COLUMNS.index("id")]): row for row in Incident.objects.filter(pk__in=ids).for_list()}
    return [found[pk] for pk in ids if pk in found]
