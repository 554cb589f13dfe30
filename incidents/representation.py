"""How an incident and an event look as JSON. PostgreSQL writes it where it is asked for all the time: to build it here
costs more than everything else of an answer. A test holds both ways to the same form."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.clock import rfc3339, rfc3339_or_none

if TYPE_CHECKING:
    from incidents.events import Recorded

Row = Sequence[Any]

PEOPLE = "(SELECT id, name, email FROM users_user)"


def utc(column: str) -> str:
    """As core.clock.rfc3339 writes it."""
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


INCIDENT = f"""
i.id, i.number, i.title, i.description, i.severity, i.status, i.metadata, c AS created_by, a AS assignee, i.version,
{utc("i.created_at")} AS created_at, {utc("i.updated_at")} AS updated_at,
{utc("i.acknowledged_at")} AS acknowledged_at, {utc("i.resolved_at")} AS resolved_at"""
ITS_PEOPLE = f"LEFT JOIN {PEOPLE} c ON c.id = i.created_by_id LEFT JOIN {PEOPLE} a ON a.id = i.assignee_id"
INCIDENTS = f"incidents_incident i {ITS_PEOPLE}"
EVENT = f"e.id, e.sequence, e.type, u AS actor, e.data, e.request_id, {utc('e.created_at')} AS created_at"
EVENTS = f"incidents_event e LEFT JOIN {PEOPLE} u ON u.id = e.actor_id"


def person(user_id: uuid.UUID | None, name: str | None, email: str | None) -> dict[str, Any] | None:
    return {"id": user_id, "name": name, "email": email} if user_id else None


def incident(row: Row) -> dict[str, Any]:
    """`row` holds querysets.INCIDENT_COLUMNS."""
    return {
        "id": row[0],
        "number": row[1],
        "title": row[2],
        "description": row[3],
        "severity": row[4],
        "status": row[5],
        "metadata": row[6],
        "created_by": person(*row[7:10]),
        "assignee": person(*row[10:13]),
        "version": row[13],
        "created_at": rfc3339(row[14]),
        "updated_at": rfc3339(row[15]),
        "acknowledged_at": rfc3339_or_none(row[16]),
        "resolved_at": rfc3339_or_none(row[17]),
    }


def recorded(new: "Recorded") -> dict[str, Any]:
    """An event that has just been recorded, from what is in memory."""
    actor = new.actor
    who = (actor.pk, actor.name, actor.email) if actor else (None, None, None)
    return event((new.pk, new.sequence, new.type, new.data, new.request_id, new.created_at, *who))


def event(row: Row) -> dict[str, Any]:
    """`row` holds querysets.EVENT_COLUMNS."""
    created_at = row[5]
    return {
        "id": row[0],
        "sequence": row[1],
        "type": row[2],
        "actor": person(*row[6:9]),
        "data": row[3],
        "request_id": row[4],
        "created_at": rfc3339(created_at) if isinstance(created_at, datetime) else created_at,
    }
