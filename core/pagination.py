"""Pages by keyset: the cost of a page does not grow with its depth, and nobody counts the whole list."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import orjson
from django.core import signing
from django.db import connection
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

SELECT = """
SELECT row_to_json(shown)::text FROM {source}, LATERAL (SELECT {columns}) AS shown
WHERE {conditions} ORDER BY {order} LIMIT {count}
"""

# What a cursor holds of a row: the values of its keyset.
Place = list[Any]
# Of a statement written by hand, with a %s for each of its values.
Condition = tuple[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Keyset:
    """An order of rows: by `fields`, all in one direction; inside of `segment`, a field and its values in order."""

    fields: tuple[str, ...]
    descending: bool = False
    segment: tuple[str, tuple[str, ...]] | None = None

    @property
    def all_fields(self) -> tuple[str, ...]:
        return (self.segment[0], *self.fields) if self.segment else self.fields

    def fetch(self, read: "Read", position: Place | None, backwards: bool, count: int) -> list[Any]:
        """Up to `count` rows after `position`, or before it, nearest first."""
        descending = self.descending != backwards
        if self.segment is None:
            return read({}, position, descending, count)
        field, values = self.segment
        values = values[::-1] if backwards else values
        found: list[Any] = []
        for value in values[values.index(position[0]) if position else 0 :]:
            inside = position[1:] if position and value == position[0] else None
            found += read({field: value}, inside, descending, count - len(found))
            if len(found) >= count:
                break
        return found


# read(equal, position, descending, count): up to `count` rows where each field equals its value, beyond `position`.
Read = Callable[[dict[str, Any], Place | None, bool, int], list[Any]]


def from_models(rows: QuerySet[Any, Any], keyset: Keyset) -> Read:
    fields = keyset.fields

    def read(equal: dict[str, Any], position: Place | None, descending: bool, count: int) -> list[Any]:
        some = rows.filter(**equal)
        if position:
            # A row comparison: written out with OR it would read all that it skips.
            beyond = TupleLessThan if descending else TupleGreaterThan
            get_field = rows.model._meta.get_field
            values = [get_field(name).to_python(value) for name, value in zip(fields, position, strict=True)]
            some = some.filter(beyond(Tuple(*fields), values))
        return list(some.order_by(*(f"-{field}" if descending else field for field in fields))[:count])

    return read


@dataclass(frozen=True, slots=True)
class Select:
    """Rows that PostgreSQL turns into JSON, for the lists that are asked for all the time. `columns` hold the fields of
    the keyset, which are columns of `alias`, too."""

    columns: str
    source: str
    alias: str
    conditions: Sequence[Condition] = ()


def from_select(select: Select, keyset: Keyset) -> Read:
    def read(equal: dict[str, Any], position: Place | None, descending: bool, count: int) -> list[Any]:
        conditions = [
            *select.conditions,
            *((f"{select.alias}.{name} = '{value}'", []) for name, value in equal.items()),
        ]
        names = [f"{select.alias}.{name}" for name in keyset.fields]
        if position:
            beyond = f"({', '.join(names)}) {'<' if descending else '>'} ({', '.join(['%s'] * len(names))})"
            conditions.append((beyond, position))
        statement = SELECT.format(
            columns=select.columns,
            source=select.source,
            conditions=" AND ".join(text for text, _ in conditions) or "true",
            order=", ".join(f"{name} DESC" if descending else name for name in names),
            count=count,  # in the text, since a plan for any number of rows would be another one
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, [value for _, values in conditions for value in values])
            return [row for (row,) in cursor.fetchall()]

    return read


def limit_of(request: HttpRequest | Request) -> int:
    text = views.single(request, "limit")
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MAX_LIMIT):
        raise Invalid.field("limit", f"Write a whole number from 1 to {MAX_LIMIT}.")
    return int(text)


class Serializer:
    """orjson for Django's signer, whose own costs three times as much."""

    def dumps(self, value: Any) -> bytes:
        return orjson.dumps(value)

    def loads(self, data: bytes) -> Any:
        return orjson.loads(data)


def signer(request: HttpRequest | Request) -> signing.Signer:
    """Signs for this path, order and filters alone: a cursor used with others does not verify."""
    query = sorted((name, values) for name, values in request.GET.lists() if name not in PARAMETERS)
    return signer_for(orjson.dumps([request.path, query]))


@lru_cache(maxsize=256)
def signer_for(bound: bytes) -> signing.Signer:
    return signing.Signer(salt=f"cursor:{hashlib.sha256(bound).hexdigest()}")


def cursor_value(request: HttpRequest | Request) -> Any:
    """What the request's cursor holds, or None without one. Raises Invalid for one that is not ours."""
    text = views.single(request, "cursor")
    if text is None:
        return None
    try:
        return signer(request).unsign_object(text, Serializer)
    except (signing.BadSignature, ValueError):
        raise Invalid.field("cursor", "This cursor is not one of ours, or belongs to other filters.") from None


def link(request: HttpRequest | Request, value: Any) -> str:
    """The path of this list with this cursor."""
    query = [(name, part) for name, values in request.GET.lists() if name != "cursor" for part in values]
    cursor = signer(request).sign_object(value, Serializer)
    return f"{request.path}?{urlencode([*query, ('cursor', cursor)])}"


def respond(
    request: HttpRequest | Request,
    rows: QuerySet[Any, Any],
    keyset: Keyset,
    render: Callable[[Any], Any],
    columns: tuple[str, ...] | None = None,
) -> HttpResponse:
    """One page of `rows`: unordered instances, or a values_list of `columns`."""
    return page(request, keyset, from_models(rows, keyset), places(keyset, columns), render)


def page_of(request: HttpRequest, rows: QuerySet[Any, Any], keyset: Keyset, limit: int) -> "Turned":
    """The same for a page of HTML, which shows instances."""
    return turned(request, keyset, from_models(rows, keyset), places(keyset), limit)


def places(keyset: Keyset, columns: tuple[str, ...] | None = None) -> Callable[[Any], Place]:
    """Where a row stands: of instances, or of rows that hold `columns`."""

    def place(row: Any) -> Place:
        values = (row[columns.index(name)] if columns else getattr(row, name) for name in keyset.all_fields)
        return [encoded(value) for value in values]

    return place


def respond_json(request: HttpRequest | Request, select: Select, keyset: Keyset) -> HttpResponse:
    """One page of what `select` finds; its JSON goes out as it comes."""

    def place(row: str) -> Place:
        shown = orjson.loads(row)
        return [shown[name] for name in keyset.all_fields]

    return page(request, keyset, from_select(select, keyset), place, orjson.Fragment)


def page(
    request: HttpRequest | Request,
    keyset: Keyset,
    read: Read,
    place: Callable[[Any], Place],
    render: Callable[[Any], Any],
) -> HttpResponse:
    shown, following, previous = turned(request, keyset, read, place, limit_of(request))
    return views.json({"results": [render(row) for row in shown], "next": following, "previous": previous})


# The rows of a page, and the paths of the next page and of the previous one.
Turned = tuple[list[Any], str | None, str | None]


def turned(
    request: HttpRequest | Request, keyset: Keyset, read: Read, place: Callable[[Any], Place], limit: int
) -> Turned:
    value = cursor_value(request)
    position, backwards = (value[1:], value[0] == "p") if value else (None, False)
    found = keyset.fetch(read, position, backwards, limit + 1)
    has_more, shown = len(found) > limit, found[:limit]
    if backwards:
        shown.reverse()
    has_next, has_previous = (True, has_more) if backwards else (has_more, position is not None)
    return (
        shown,
        link(request, ["n", *place(shown[-1])]) if shown and has_next else None,
        link(request, ["p", *place(shown[0])]) if shown and has_previous else None,
    )


def encoded(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value if isinstance(value, int) else str(value)
