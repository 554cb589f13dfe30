"""Reads the log in the order of its positions, as far as nothing can come in before what has been read."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from core.clock import rfc3339
from core.postgres import rows
from incidents import representation
from incidents.models import DELETED
from incidents.stream.position import Position

OLDEST = "1 day"
PAGE = 200

# Of an older epoch, or older than every running transaction. A comparison of rows is a bound of the index.
IS_SETTLED = "(epoch, xid) < (incidents_epoch(), pg_snapshot_xmin(pg_current_snapshot()))"
COMES_LATER = "(epoch, xid, sequence) > (%(epoch)s::integer, %(xid)s::text::xid8, %(sequence)s::bigint)"
ORDER = "ORDER BY epoch, xid, sequence LIMIT %(limit)s"
EVENTS = f"""
SELECT e.*, u.name, u.email, i.id AS incident_id, i.number, i.title, i.severity, i.status, i.version
FROM (SELECT epoch, xid, sequence, id, type, data::text, request_id, created_at, actor_id, incident_id AS of
      FROM incidents_event WHERE xid IS NOT NULL AND {COMES_LATER} AND {IS_SETTLED} {{wanted}} {ORDER}) e
JOIN incidents_incident i ON i.id = e.of LEFT JOIN users_user u ON u.id = e.actor_id
"""  # noqa: S608  put together from constants
DELETIONS = f"""
SELECT d.epoch, d.xid, d.sequence, d.id, '{DELETED}', jsonb_build_object('number', number, 'title', title)::text,
       d.request_id, d.created_at, d.actor_id, d.incident_id, u.name, u.email,
       d.incident_id, d.number, d.title, d.severity, d.status, d.version
FROM (SELECT * FROM incidents_deletion
      WHERE xid IS NOT NULL AND {COMES_LATER} AND {IS_SETTLED} {{wanted}} {ORDER}) d
LEFT JOIN users_user u ON u.id = d.actor_id
"""  # noqa: S608  put together from constants
PRESENT = "SELECT incidents_epoch(), pg_current_snapshot()::text"
# The first that stands at a position or after it, in either table.
FIRST_FROM = f"""
SELECT min(created_at) < now() - interval '{OLDEST}' FROM (
    (SELECT epoch, xid, sequence, created_at FROM incidents_event
     WHERE xid IS NOT NULL AND {COMES_LATER} ORDER BY epoch, xid, sequence LIMIT 1)
    UNION ALL
    (SELECT epoch, xid, sequence, created_at FROM incidents_deletion
     WHERE xid IS NOT NULL AND {COMES_LATER} ORDER BY epoch, xid, sequence LIMIT 1)) AS first
"""  # noqa: S608  put together from constants


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client asked for. No types: all of them."""

    incident_id: uuid.UUID | None = None
    types: frozenset[str] = frozenset()

    def includes(self, entry: "Entry") -> bool:
        return self.incident_id in (None, entry.incident_id) and (not self.types or entry.type in self.types)


EVERYTHING = Wanted()


class Entry(NamedTuple):
    """An event as it goes out, once for all who get it."""

    position: Position
    type: str
    incident_id: uuid.UUID
    text: bytes


class Present(NamedTuple):
    now: Position  # whatever is not settled yet comes after it
    next_xid: int
    running: frozenset[int]

    def includes(self, position: Position) -> bool:
        return (position.epoch, position.xid) <= (self.now.epoch, self.next_xid)

    def shows(self, position: Position) -> bool:
        """Whether what is there had been committed by now, be it settled or not."""
        return position < (self.now.epoch, self.next_xid) and position.xid not in self.running


def present() -> Present:
    ((epoch, snapshot),) = rows.run(PRESENT)
    oldest, next_xid, running = snapshot.split(":")
    return Present(
        Position(epoch, int(oldest), 0), int(next_xid), frozenset(map(int, filter(None, running.split(","))))
    )


def is_too_old(position: Position) -> bool:
    """Whether the first event from there on is. Of a deleted incident's event the next one has to speak."""
    before = position._replace(sequence=position.sequence - 1)
    return bool(rows.run(FIRST_FROM, values(before))[0][0])


def page(after: Position, wanted: Wanted = EVERYTHING) -> list[Entry]:
    """The next entries; fewer than PAGE when there are no more for now."""
    tables = []
    if wanted.types != {DELETED}:
        tables.append(EVENTS.format(wanted=conditions(wanted, " AND type = ANY(%(types)s)")))
    if not wanted.types or DELETED in wanted.types:
        tables.append(DELETIONS.format(wanted=conditions(wanted)))
    statement = f"{' UNION ALL '.join(tables)} ORDER BY 1, 2, 3 LIMIT %(limit)s"
    details = {"limit": PAGE, "incident": wanted.incident_id, "types": sorted(wanted.types)}
    return [entry(row) for row in rows.run(statement, values(after) | details)]


def conditions(wanted: Wanted, of_types: str = "") -> str:
    of_incident = " AND incident_id = %(incident)s" if wanted.incident_id else ""
    return of_incident + (of_types if wanted.types else "")


def values(position: Position) -> dict[str, Any]:
    return {"epoch": position.epoch, "xid": str(position.xid), "sequence": position.sequence}


def entry(row: Sequence[Any]) -> Entry:
    epoch, xid, sequence, id_, type_, data, request_id, created_at, actor_id, _, name, email, *of_incident = row
    position = Position(epoch, int(xid), sequence)
    event = (id_, sequence, type_, orjson.Fragment(data), request_id, rfc3339(created_at), actor_id, name, email)
    incident = dict(zip(("id", "number", "title", "severity", "status", "version"), of_incident, strict=True))
    told = orjson.dumps({"event": representation.event(event), "incident": incident})
    text = b"id: %s\nevent: %s\ndata: %s\n\n" % (str(position).encode(), type_.encode(), told)
    return Entry(position, type_, incident["id"], text)
