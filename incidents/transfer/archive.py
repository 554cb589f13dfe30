"""The file: a line that says what it is, a line for each incident with all its events and whom they name, and a line
that says how many these were, without which the file is cut off."""

from collections.abc import Iterator

import orjson

from core.postgres import rows
from incidents.representation import utc

FORMAT = {"format": "incidents", "version": 1}
BATCH = 1000

INCIDENT = f"""json_build_object(
    'id', i.id, 'number', i.number, 'title', i.title, 'description', i.description, 'severity', i.severity,
    'status', i.status, 'metadata', i.metadata, 'created_by', i.created_by_id, 'assignee', i.assignee_id,
    'version', i.version, 'created_at', {utc("i.created_at")}, 'updated_at', {utc("i.updated_at")},
    'acknowledged_at', {utc("i.acknowledged_at")}, 'resolved_at', {utc("i.resolved_at")})"""
EVENT = f"""json_build_object(
    'id', e.id, 'sequence', e.sequence, 'type', e.type, 'actor', e.actor_id, 'data', e.data,
    'request_id', e.request_id, 'created_at', {utc("e.created_at")})"""
# One statement for an incident and its events: they fit, whatever is written meanwhile.
PAGE = f"""
SELECT i.created_at, i.id, json_build_object('incident', {INCIDENT}, 'events', happened.events,
       'people', coalesce(named.people, '[]'))::text
FROM (SELECT * FROM incidents_incident {{after}} ORDER BY created_at, id LIMIT {BATCH}) AS i
CROSS JOIN LATERAL (
    SELECT coalesce(json_agg({EVENT} ORDER BY e.sequence), '[]') AS events,
           array_agg(e.actor_id) || array_agg(e.data ->> 'from') FILTER (WHERE e.type = 'ASSIGNED')::uuid[]
           || array_agg(e.data ->> 'to') FILTER (WHERE e.type = 'ASSIGNED')::uuid[] AS people
    FROM incidents_event e WHERE e.incident_id = i.id) AS happened
CROSS JOIN LATERAL (
    SELECT json_agg(json_build_object('id', u.id, 'email', u.email, 'name', u.name) ORDER BY u.id) AS people
    FROM users_user u WHERE u.id = ANY(happened.people || ARRAY[i.created_by_id, i.assignee_id])) AS named
ORDER BY i.created_at, i.id
"""  # noqa: S608  put together from constants
FIRST, NEXT = PAGE.format(after=""), PAGE.format(after="WHERE (created_at, id) > (%s, %s)")


def lines() -> Iterator[bytes]:
    """All incidents, the oldest first, in constant memory and by short queries: each is as of its own moment."""
    yield orjson.dumps(FORMAT) + b"\n"
    count = 0
    found = rows.run(FIRST)
    while found:
        for _, _, line in found:
            yield line.encode() + b"\n"
        count += len(found)
        found = rows.run(NEXT, found[-1][:2])
    yield orjson.dumps({"incidents": count}) + b"\n"
