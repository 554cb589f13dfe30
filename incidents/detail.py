"""The incident with its events, as bytes: built in one statement, so that all of it is of one moment."""

import uuid

from django.db import connection

from incidents.cache import Stamp
from incidents.representation import EVENT, EVENTS, INCIDENT, INCIDENTS

SHOWN_EVENTS = 200

# One statement sees one snapshot; the newest events come back oldest first.
DETAIL = f"""
SELECT i.version, d.version, row_to_json(shown)::text
FROM {INCIDENTS}, users_directory d, LATERAL (
    SELECT {INCIDENT}, array_to_json(ARRAY(
        SELECT newest FROM (
            SELECT {EVENT} FROM {EVENTS} WHERE e.incident_id = i.id ORDER BY e.sequence DESC LIMIT {SHOWN_EVENTS}
        ) AS newest ORDER BY newest.sequence)) AS events, '/v1/incidents/' || i.id || '/events' AS events_url
) AS shown
WHERE i.id = %s
"""  # noqa: S608  put together from constants


def build(incident_id: uuid.UUID) -> tuple[Stamp, bytes] | None:
    """The detail's JSON and what it was built from; None when there is no such incident."""
    with connection.cursor() as cursor:
        cursor.execute(DETAIL, [incident_id])
        row = cursor.fetchone()
    if row is None:
        return None
    version, directory, shown = row
    return Stamp(version, directory), shown.encode()
