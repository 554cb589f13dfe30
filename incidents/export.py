"""Incidents as rows of a file: in constant memory, and without one long statement or transaction."""

import csv
import io
import re
import threading
from collections.abc import Generator, Iterator
from typing import Any

import orjson
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan

from core.clock import rfc3339_or_none
from core.errors import ServiceUnavailable
from core.long_answers import Begun, LongAnswer, pieces
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
# What a spreadsheet takes for the beginning of a formula. The wide forms are those that East Asian keyboards type, and
# that it reads as the others.
SIGNS = "=+-@＝＋－＠"
DANGEROUS = (*SIGNS, *"\t\r\n")  # or skips in front of one
# Where 1,5 is a number a spreadsheet splits at semicolons, and then minds no quotes inside of what we took for a cell.
SPLITS = re.compile(rf'[;\t\r\n][;\s"]*[{re.escape(SIGNS)}]?')

_running = threading.Lock()


class ExportRuns(ServiceUnavailable):
    message = "This process is busy with another export. Try again in a moment."
    headers = {"Retry-After": "10"}


def answer(name: str, content_type: str, lines: Iterator[bytes]) -> LongAnswer:
    """As a file to download. Raises ExportRuns, or what goes wrong before there is anything to send."""
    response = LongAnswer(Begun(alone(lines)), content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def alone(lines: Iterator[bytes]) -> Generator[bytes]:
    """One export a process: it keeps a core busy, and the others wait for nothing else."""
    if not _running.acquire(blocking=False):
        raise ExportRuns
    try:
        yield from pieces(lines)
    finally:
        _running.release()


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


def as_csv(rows: IncidentQuerySet) -> Iterator[bytes]:
    yield line(HEADER).encode()
    for row in newest_first(rows, COLUMNS):
        times = [rfc3339_or_none(moment) for moment in row[TIMES]]
        yield line([*row[: TIMES.start], *times, *row[TIMES.stop :]]).encode()


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
    if not isinstance(cell, str):
        return cell
    text = SPLITS.sub(quoted, cell)
    return f"'{text}" if text.startswith(DANGEROUS) else text


def quoted(split: re.Match[str]) -> str:
    text = split[0]
    return f"{text[:-1]}'{text[-1]}" if text.endswith(tuple(SIGNS)) else text
