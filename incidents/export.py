"""Incidents as rows of a file: in constant memory, and without one long statement or transaction."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import orjson
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan

from core.clock import rfc3339_or_none
from incidents import representation
from incidents.querysets import INCIDENT_COLUMNS, IncidentQuerySet

BATCH = 1000
COLUMNS = (
    "number",
    "id",
    "title",
    "severity",
    "status",
    "assignee__name",
    "assignee__email",
    "created_by__name",
    "created_by__email",
    "created_at",
    "acknowledged_at",
    "resolved_at",
    "updated_at",
    "description",
)
HEADER = [name.replace("__", "_") for name in COLUMNS]
TIMES = slice(COLUMNS.index("created_at"), COLUMNS.index("updated_at") + 1)
# What a spreadsheet takes for the beginning of a formula.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def newest_first(rows: IncidentQuerySet, columns: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    """`columns` of each of `rows`, by batches: each is as of its own moment, and what is opened meanwhile is left
    out."""
    ordered = rows.order_by("-created_at", "-id").values_list(*columns)
    created_at, pk = columns.index("created_at"), columns.index("id")
    batch = list(ordered[:BATCH])
    while batch:
        yield from batch
        last = batch[-1]
        rest = ordered.filter(TupleLessThan(Tuple("created_at", "id"), (last[created_at], last[pk])))
        batch = list(rest[:BATCH]) if len(batch) == BATCH else []


def as_csv(rows: IncidentQuerySet) -> Iterator[str]:
    yield line(HEADER)
    for row in newest_first(rows, COLUMNS):
        times = [rfc3339_or_none(moment) for moment in row[TIMES]]
        yield line([*row[: TIMES.start], *times, *row[TIMES.stop :]])


def as_json_lines(rows: IncidentQuerySet) -> Iterator[bytes]:
    """Each incident as the list of the API shows it."""
    for row in newest_first(rows, INCIDENT_COLUMNS):
        yield orjson.dumps(representation.incident(row)) + b"\n"


def line(cells: Any) -> str:
    """As RFC 4180 writes it; text that a spreadsheet would run as a formula begins with an apostrophe."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow([neutral(cell) for cell in cells])
    return buffer.getvalue()


def neutral(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(DANGEROUS) else cell
