"""The event log: a change of an incident and the row that tells of it are one statement; neither can be forgotten."""

import uuid
from typing import Any

import orjson
from django.db import connection
from uuid_utils.compat import uuid7

from core import request_id
from incidents import cache, jobs
from incidents.models import EventType, IncidentEvent
from users.models import User

# GREATEST: whoever waited for the row still comes after the one it waited for.
RECORD = """
WITH clock AS (SELECT clock_timestamp() AS now),
changed AS (
    UPDATE incidents_incident AS i SET {changes}version = i.version + 1, updated_at = GREATEST(i.updated_at, clock.now)
    FROM clock WHERE i.id = %s RETURNING i.id, i.version, i.updated_at
)
INSERT INTO incidents_event (id, incident_id, type, actor_id, data, request_id, created_at)
SELECT %s::uuid, id, %s, %s::uuid, %s::jsonb, %s, updated_at FROM changed
RETURNING sequence, created_at, (SELECT version FROM changed), (SELECT version FROM users_directory)
"""
NOW = "GREATEST(i.updated_at, clock.now)"
TIMES = ("acknowledged_at", "resolved_at")


def record(
    incident_id: uuid.UUID,
    type: EventType,
    *,
    actor: User | None,
    data: dict[str, Any],
    changes: dict[str, Any] | None = None,
) -> IncidentEvent | None:
    """Write `changes` (column -> value; a column of TIMES is set to now), raise the version, add the event.

    Call inside the transaction of the change, with the incident locked if `changes` were decided on what it held.
    None: there is no such incident.
    """
    columns = changes or {}
    assignments = "".join(f"{name} = {NOW if name in TIMES else '%s'}, " for name in columns)
    event_id = uuid7()
    values = [value for name, value in columns.items() if name not in TIMES]
    with connection.cursor() as cursor:
        cursor.execute(
            RECORD.format(changes=assignments),
            [
                *values,
                incident_id,
                event_id,
                type,
                actor.pk if actor else None,
                orjson.dumps(data).decode(),
                request_id.current(),
            ],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    sequence, created_at, version, directory = row
    jobs.defer_reactions(event_id, type)
    cache.drop_after_commit(incident_id, cache.Stamp(version - 1, directory))
    return IncidentEvent(
        id=event_id,
        sequence=sequence,
        incident_id=incident_id,
        type=type,
        actor=actor,
        data=data,
        request_id=request_id.current(),
        created_at=created_at,
    )
