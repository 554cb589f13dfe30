"""The event log: a change of an incident and the row that tells of it are one statement; neither can be forgotten."""

import uuid
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from django.db import transaction
from uuid_utils.compat import uuid7

from core import request_id
from core.postgres import rows
from incidents import jobs
from incidents.models import EventType
from incidents.stream import notifier
from users.models import User

# GREATEST: whoever waited for the row still comes after the one it waited for.
RECORD = """
WITH clock AS (SELECT clock_timestamp() AS now),
changed AS (
    UPDATE incidents_incident AS i SET {changes}version = i.version + 1, updated_at = GREATEST(i.updated_at, clock.now)
    FROM clock WHERE i.id = %(incident)s RETURNING i.id, i.updated_at, i.severity, i.assignee_id
),
{queued}
recorded AS (
    INSERT INTO incidents_event (id, incident_id, type, actor_id, data, request_id, created_at)
    SELECT %(event)s::uuid, id, %(type)s, %(actor)s::uuid, %(data)s::jsonb, %(request)s, updated_at FROM changed
    RETURNING sequence, created_at
)
SELECT sequence, created_at FROM recorded
"""


class Recorded(NamedTuple):
    """An event that has just been written. To make a model's instance of it costs as much as to write its JSON."""

    pk: uuid.UUID
    sequence: int
    type: EventType
    actor: User | None
    data: dict[str, Any]
    request_id: str
    created_at: datetime


def record(
    incident_id: uuid.UUID,
    type: EventType,
    *,
    actor: User | None,
    data: dict[str, Any],
    changes: dict[str, Any] | None = None,
) -> Recorded | None:
    """Write `changes` (column -> value), raise the version, add the event.

    Call inside the transaction of the change, with the incident locked if `changes` were decided on what it held.
    None: there is no such incident.
    """
    columns = changes or {}
    assignments = "".join(f"{name} = %({name})s, " for name in columns)
    event_id = uuid7()
    row = rows.one(
        RECORD.format(changes=assignments, queued=jobs.queued(type, "changed")),
        {
            **columns,
            "incident": incident_id,
            "event": event_id,
            "type": type,
            "actor": actor.pk if actor else None,
            "data": orjson.dumps(data).decode(),
            "request": request_id.current(),
            "carried": request_id.for_job(),
        },
    )
    if row is None:
        return None
    sequence, created_at = row
    transaction.on_commit(notifier.wake)
    return Recorded(event_id, sequence, type, actor, data, request_id.current(), created_at)
