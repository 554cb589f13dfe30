"""The incident with its events, as bytes: built in one statement, so that all of it is of one moment."""

import uuid

from django.db import connection

from incidents.cache import Stamp
from incidents.representation import EVENT, INCIDENT, INCIDENTS, PEOPLE

SHOWN_EVENTS = 200
Built = tuple[Stamp, bytes]

# Of the incident `i`, with the newest of {events}, oldest first.
SHOWN = f"""
SELECT {INCIDENT}, array_to_json(ARRAY(
    SELECT newest FROM (
        SELECT {EVENT} FROM {{events}} e LEFT JOIN {PEOPLE} u ON u.id = e.actor_id
        WHERE e.incident_id = i.id ORDER BY e.sequence DESC LIMIT {SHOWN_EVENTS}
    ) AS newest ORDER BY newest.sequence)) AS events, '/v1/incidents/' || i.id || '/events' AS events_url
"""  # noqa: S608  put together from constants
# One statement sees one snapshot.
DETAIL = f"""
SELECT i.version, d.version, row_to_json(shown)::text
FROM {INCIDENTS}, users_directory d, LATERAL ({SHOWN.format(events="incidents_event")}) AS shown
WHERE i.id = %s
"""  # noqa: S608  the same


def build(incident_id: uuid.UUID) -> Built | None:
    """The detail's JSON and what it was built from; None when there is no such incident."""
    with connection.cursor() as cursor:
        cursor.execute(DETAIL, [incident_id])
        row = cursor.fetchone()
    if row is None:
        return None
    version, directory, shown = row
    return Stamp(version, directory), shown.encode()
