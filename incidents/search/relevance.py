"""The newest 1,000 hits, best first, in pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThanOrEqual, TupleLessThanOrEqual
from django.http import HttpRequest
from rest_framework.request import Request

from core import pagination
from core.clock import rfc3339
from incidents.query_language import Text
from incidents.querysets import IncidentQuerySet
from incidents.search.engine import engine

T = TypeVar("T")
RANKED_HITS = 1000

# Rank, created_at and id, in the form that a cursor carries: of two hits the greater comes first.
Hit = list[Any]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A page of hits, and the links to those beside it."""

    hits: list[Hit]
    next: str | None = None
    previous: str | None = None


def by_relevance(rows: IncidentQuerySet, text: Text, request: HttpRequest | Request, limit: int) -> Ranked:
    """A page of rows that match all; those that match by a comment alone come last.

    The cursor carries a place in that order, and both ends of the stretch of time that page one ranked: a hit that
    comes, goes or changes its rank meanwhile shifts none of the others.
    """
    direction, place, ends = pagination.cursor_value(request) or ("n", None, None)
    hits = newest_hits(rows, text, ends)
    better, worse = split(hits, place)
    if direction == "p":
        shown, has_previous, has_next = better[-limit:], len(better) > limit, True
    else:
        shown, has_previous, has_next = worse[:limit], place is not None, len(worse) > limit
    if not shown:
        return Ranked([])
    ends = ends or [hits[0][1:], hits[-1][1:]]
    return Ranked(
        shown,
        pagination.link(request, ["n", shown[-1], ends]) if has_next else None,
        pagination.link(request, ["p", shown[0], ends]) if has_previous else None,
    )


def newest_hits(rows: IncidentQuerySet, text: Text, ends: Sequence[Any] | None) -> list[Hit]:
    """The hits that are ranked, newest first: those between the two ends, or simply the newest."""
    if ends:
        when = Tuple("created_at", "id")
        rows = rows.filter(TupleLessThanOrEqual(when, ends[0]), TupleGreaterThanOrEqual(when, ends[1]))
    found = engine().ranked(rows, text, RANKED_HITS)
    return [[rank, rfc3339(created_at), str(pk)] for rank, created_at, pk in found]


def split(hits: list[Hit], place: Hit | None) -> tuple[list[Hit], list[Hit]]:
    """The hits before `place` and those after it, best first; without a place all come after it."""
    ranked = sorted(hits, reverse=True)
    if place is None:
        return [], ranked
    return [hit for hit in ranked if hit > place], [hit for hit in ranked if hit < place]


def in_order(hits: list[Hit], found: Mapping[str, T]) -> list[T]:
    """What was found by the id of each hit, in their order; without those deleted in this very moment."""
    return [found[hit[2]] for hit in hits if hit[2] in found]
