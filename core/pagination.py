"""Pages by keyset: the cost of a page does not grow with its depth, and nobody counts the whole list."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson
from django.core import signing
from django.db.models import QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request

from core import views
from core.errors import Invalid
from core.openapi import words

DEFAULT_LIMIT = 25
MAX_LIMIT = 100
PARAMETERS = {
    "limit": words.query(
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}, "How many rows at most."
    ),
    "cursor": words.query(
        {"type": "string", "format": "cursor"}, "From `next` or `previous`. It belongs to its ordering and filters."
    ),
}


@dataclass(frozen=True, slots=True)
class Keyset:
    """An order of rows: by `fields`, all in one direction; inside of `segment`, a field and its values in order."""

    fields: tuple[str, ...]
    descending: bool = False
    segment: tuple[str, tuple[str, ...]] | None = None

    @property
    def all_fields(self) -> tuple[str, ...]:
        return (self.segment[0], *self.fields) if self.segment else self.fields

    def fetch(self, rows: QuerySet[Any, Any], position: list[Any] | None, backwards: bool, count: int) -> list[Any]:
        """Up to `count` rows after `position`, or before it, nearest first."""
        if self.segment is None:
            return list(self.bounded(rows, position, backwards)[:count])
        field, values = self.segment
        values = values[::-1] if backwards else values
        found: list[Any] = []
        for value in values[values.index(position[0]) if position else 0 :]:
            inside = position[1:] if position and value == position[0] else None
            found += self.bounded(rows.filter(**{field: value}), inside, backwards)[: count - len(found)]
            if len(found) >= count:
                break
        return found

    def bounded(self, rows: QuerySet[Any, Any], position: list[Any] | None, backwards: bool) -> QuerySet[Any, Any]:
        descending = self.descending != backwards
        if position:
            # A row comparison: written out with OR it would read all that it skips.
            beyond = TupleLessThan if descending else TupleGreaterThan
            rows = rows.filter(beyond(Tuple(*self.fields), position))
        return rows.order_by(*(f"-{field}" if descending else field for field in self.fields))


def limit_of(request: HttpRequest | Request) -> int:
    text = views.single(request, "limit")
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MAX_LIMIT):
        raise Invalid.field("limit", f"Write a whole number from 1 to {MAX_LIMIT}.")
    return int(text)


def signer(request: HttpRequest | Request) -> signing.Signer:
    """Signs for this path, order and filters alone: a cursor used with others does not verify."""
    query = sorted((name, values) for name, values in request.GET.lists() if name not in PARAMETERS)
    bound = hashlib.sha256(orjson.dumps([request.path, query])).hexdigest()
    return signing.Signer(salt=f"cursor:{bound}")


def cursor_value(request: HttpRequest | Request) -> Any:
    """What the request's cursor holds, or None without one. Raises Invalid for one that is not ours."""
    text = views.single(request, "cursor")
    if text is None:
        return None
    try:
        return signer(request).unsign_object(text)
    except (signing.BadSignature, ValueError):
        raise Invalid.field("cursor", "This cursor is not one of ours, or belongs to other filters.") from None


def link(request: HttpRequest | Request, value: Any) -> str:
    """The path of this list with this cursor."""
    query = [(name, part) for name, values in request.GET.lists() if name != "cursor" for part in values]
    return f"{request.path}?{urlencode([*query, ('cursor', signer(request).sign_object(value))])}"


def respond(
    request: HttpRequest | Request,
    rows: QuerySet[Any, Any],
    keyset: Keyset,
    render: Callable[[Any], Any],
    columns: tuple[str, ...] | None = None,
) -> HttpResponse:
    """One page of `rows`: unordered instances, or a values_list of `columns`."""
    limit = limit_of(request)
    value = cursor_value(request)
    position, backwards = (decoded(rows, keyset, value[1:]), value[0] == "p") if value else (None, False)
    found = keyset.fetch(rows, position, backwards, limit + 1)
    has_more, shown = len(found) > limit, found[:limit]
    if backwards:
        shown.reverse()

    def beside(row: Any, direction: str) -> str:
        values = (row[columns.index(name)] if columns else getattr(row, name) for name in keyset.all_fields)
        return link(request, [direction, *map(encoded, values)])

    has_next, has_previous = (True, has_more) if backwards else (has_more, position is not None)
    return views.json(
        {
            "results": [render(row) for row in shown],
            "next": beside(shown[-1], "n") if shown and has_next else None,
            "previous": beside(shown[0], "p") if shown and has_previous else None,
        }
    )


def encoded(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value if isinstance(value, int) else str(value)


def decoded(rows: QuerySet[Any, Any], keyset: Keyset, values: list[Any]) -> list[Any]:
    model = rows.model._meta
    return [model.get_field(name).to_python(value) for name, value in zip(keyset.all_fields, values, strict=True)]
