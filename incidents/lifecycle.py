"""The only module that writes Incident.status."""

import uuid
from functools import partial
from typing import Any

from django.db import transaction
from uuid_utils.compat import uuid7

from core import request_id
from core.postgres import rows
from incidents import jobs, metrics
from incidents.errors import IncidentNotFound, InvalidStatusTransition
from incidents.models import EventType, Status
from incidents.preconditions import Expected
from incidents.stream import notifier
from users.models import User

ALLOWED: dict[str, tuple[Status, ...]] = {
    Status.OPEN: (Status.ACK, Status.RESOLVED),
    Status.ACK: (Status.RESOLVED,),
    Status.RESOLVED: (),
}
TAKEN = {Status.ACK: metrics.to_acknowledge, Status.RESOLVED: metrics.to_resolve}
TIME_OF = {Status.ACK: "acknowledged_at", Status.RESOLVED: "resolved_at"}


# One statement, in place of five trips to lock, look, change, tell and commit: it locks the row first, and changes it
# only from what the lock shows. The row of `found` comes back in any case, so that a refusal can say why.
CHANGE = """
WITH clock AS (SELECT clock_timestamp() AS now),
found AS (SELECT id, status, version FROM incidents_incident WHERE id = %(id)s FOR NO KEY UPDATE),
changed AS (
    UPDATE incidents_incident AS i
    SET status = %(to)s, {time} = GREATEST(i.updated_at, clock.now), version = i.version + 1,
        updated_at = GREATEST(i.updated_at, clock.now)
    FROM clock, found
    WHERE i.id = found.id AND found.status = ANY(%(leaving)s)
      AND (%(versions)s::bigint[] IS NULL OR found.version = ANY(%(versions)s))
    RETURNING i.id, i.updated_at, i.created_at, i.severity
),
{queued}
recorded AS (
    INSERT INTO incidents_event (id, incident_id, type, actor_id, data, request_id, created_at)
    SELECT %(event)s, changed.id, 'STATUS_CHANGED', %(actor)s,
           jsonb_build_object('from', found.status, 'to', %(to)s::text, 'note', %(note)s::text), %(request)s,
           changed.updated_at
    FROM changed, found
    RETURNING id
)
SELECT found.status, found.version, EXISTS (SELECT FROM recorded), changed.severity,
       extract(epoch FROM changed.updated_at - changed.created_at)::float
FROM found LEFT JOIN changed ON changed.id = found.id
"""


def change_status(
    incident_id: uuid.UUID, to: Status, *, actor: User | None, note: str = "", expected: Expected | None = None
) -> bool:
    """False when the incident had that status already. Raises IncidentNotFound, PreconditionFailed or
    InvalidStatusTransition."""
    event_id = uuid7()
    values: dict[str, Any] = {
        "id": incident_id,
        "to": to,
        "leaving": [status for status, targets in ALLOWED.items() if to in targets],
        "versions": list(expected.versions) if expected else None,
        "event": event_id,
        "actor": actor.pk if actor else None,
        "note": note,
        "request": request_id.current(),
        "carried": request_id.for_job(),
    }
    queued = jobs.queued(EventType.STATUS_CHANGED, "changed")
    row = rows.one(CHANGE.format(time=TIME_OF.get(to, "resolved_at"), queued=queued), values)
    if row is None:
        raise IncidentNotFound
    before, version, is_changed, severity, seconds = row
    if is_changed:
        transaction.on_commit(notifier.wake)
        transaction.on_commit(partial(TAKEN[to].labels(severity).observe, seconds))
        return True
    return refuse(before, version, to, expected)


def refuse(before: str, version: int, to: Status, expected: Expected | None) -> bool:
    """Why nothing was changed; False when nothing had to be."""
    if expected is not None:
        expected.check(version)
    if before != to:
        raise InvalidStatusTransition(before, to, ALLOWED[before])
    return False
