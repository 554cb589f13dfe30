"""Full-text search over title, description and comments."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F
from django.http import HttpResponse
from rest_framework.request import Request

from core import pagination, views
from incidents.models import SEARCH_CONFIG
from incidents.querysets import INCIDENT_COLUMNS, IncidentQuerySet

RANKED_HITS = 1000


def query(words: str) -> SearchQuery:
    """As people write it: words, "phrases", or, -not. Never an error; of stop words alone it matches nothing."""
    return SearchQuery(words, config=SEARCH_CONFIG, search_type="websearch")


def by_relevance(
    rows: IncidentQuerySet, words: str, request: Request, render: Callable[[Sequence[Any]], Any]
) -> HttpResponse:
    """Pages of the newest 1,000 hits, best first. The cursor carries the bounds that page one fixed, and an offset."""
    limit = pagination.limit_of(request)
    value = pagination.cursor_value(request)
    offset, bounds = (int(value[0]), value[1:]) if value else (0, newest_hits(rows))
    found: list[Sequence[Any]] = []
    if bounds:
        rank = SearchRank(F("search"), query(words))
        hits = rows.filter(created_at__lte=bounds[0], created_at__gte=bounds[1]).annotate(rank=rank)
        ordered = hits.order_by("-rank", "-created_at", "-id").values_list(*INCIDENT_COLUMNS)
        found = list(ordered[offset : min(offset + limit + 1, RANKED_HITS)])
    has_more = len(found) > limit
    before = max(0, offset - limit)
    return views.json(
        {
            "results": [render(row) for row in found[:limit]],
            "next": pagination.link(request, [offset + limit, *bounds]) if has_more else None,
            "previous": pagination.link(request, [before, *bounds]) if offset else None,
        }
    )


def newest_hits(rows: IncidentQuerySet) -> list[str]:
    """The times of the newest and of the oldest hit that are ranked; nothing when there is no hit."""
    times: list[datetime] = list(rows.order_by("-created_at", "-id").values_list("created_at", flat=True)[:RANKED_HITS])
    return [times[0].isoformat(), times[-1].isoformat()] if times else []
