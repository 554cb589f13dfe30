"""The event log: a change of an incident and the row that tells of it are one statement; neither can be forgotten."""

import uuid
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import orjson
from django.db import connection, transaction
from uuid_utils.compat import uuid7

from core import request_id
from incidents import jobs, reactions
from incidents.models import EventType, IncidentEvent
from incidents.stream import notifier
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
RETURNING sequence, created_at
"""


def record(
    incident_id: uuid.UUID,
    type: EventType,
    *,
    actor: User | None,
    data: dict[str, Any],
    changes: dict[str, Any] | None = None,
) -> IncidentEvent | None:
    """Write `changes` (column -> value), raise the version, add the event.

    Call inside the transaction of the change, with the incident locked if `changes` were decided on what it held.
    None: there is no such incident.
    """
    columns = changes or {}
    assignments = "".join(f"{name} = %s, " for name in columns)
    event_id = uuid7()
    with connection.cursor() as cursor:
        cursor.execute(
            RECORD.format(changes=assignments),
            [
                *columns.values(),
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
    sequence, created_at = row
    follow(incident_id, event_id, type)
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


def unit(type: EventType) -> AbstractContextManager[None]:
    """Around the one statement of a change: it is a transaction by itself, unless a job must join it."""
    return transaction.atomic(savepoint=False) if reactions.to(type) else nullcontext()


def follow(incident_id: uuid.UUID, event_id: uuid.UUID, type: EventType) -> None:
    """What every recorded event brings: the reactions' job, and word to the streams."""
    jobs.defer_reactions(event_id, type, incident_id)
    transaction.on_commit(notifier.wake)
