"""The incident with its events, as bytes: built in one statement, so that all of it is of one moment."""

import uuid

import orjson
from django.db import connection

from incidents import representation
from incidents.cache import Stamp

SHOWN_EVENTS = 200

# One statement sees one snapshot; the newest events come back oldest first.
DETAIL = f"""
SELECT i.id, i.number, i.title, i.description, i.severity, i.status, i.metadata,
       c.id, c.name, c.email, a.id, a.name, a.email,
       i.version, i.created_at, i.updated_at, i.acknowledged_at, i.resolved_at,
       (SELECT version FROM users_directory),
       (SELECT json_agg(e.shown ORDER BY e.sequence)::text FROM (
            SELECT e.sequence, json_build_array(
                       e.id, e.sequence, e.type, e.data, e.request_id,
                       to_char(e.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                       u.id, u.name, u.email) AS shown
            FROM incidents_event e LEFT JOIN users_user u ON u.id = e.actor_id
            WHERE e.incident_id = i.id ORDER BY e.sequence DESC LIMIT {SHOWN_EVENTS}) e)
FROM incidents_incident i
LEFT JOIN users_user c ON c.id = i.created_by_id
LEFT JOIN users_user a ON a.id = i.assignee_id
WHERE i.id = %s
"""  # noqa: S608  put together from constants


def build(incident_id: uuid.UUID) -> tuple[Stamp, bytes] | None:
    """The detail's JSON and what it was built from; None when there is no such incident."""
    with connection.cursor() as cursor:
        cursor.execute(DETAIL, [incident_id])
        row = cursor.fetchone()
    if row is None:
        return None
    *columns, directory, events = row
    columns[6] = orjson.loads(columns[6])
    shown = representation.incident(columns)
    shown["events"] = [representation.event(event) for event in orjson.loads(events or "[]")]
    shown["events_url"] = f"/v1/incidents/{incident_id}/events"
    return Stamp(columns[13], directory), orjson.dumps(shown)
