"""What is counted of incidents."""

from prometheus_client.metrics_core import Metric

from core.metric_families import Ask, gauges
from core.metrics import counter, histogram

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
OF_PEOPLE = (
    *(30.0, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE),
    *(HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, DAY, 3 * DAY, 7 * DAY),
)
# Each count ends at ten thousand, and each oldest is the end of an index.
OPEN = """
SELECT severity, status,
    (SELECT count(*) FROM (SELECT FROM incidents_incident i
     WHERE i.status = kinds.status AND i.severity = kinds.severity LIMIT 10000) AS capped),
    (SELECT extract(epoch FROM now() - created_at) FROM incidents_incident i
     WHERE i.status = kinds.status AND i.severity = kinds.severity ORDER BY created_at, id LIMIT 1)
FROM (VALUES ('P1', 'OPEN'), ('P1', 'ACK'), ('P2', 'OPEN'), ('P2', 'ACK'), ('P3', 'OPEN'), ('P3', 'ACK'))
    AS kinds (severity, status)
"""

created = counter("incidents_created_total", "Incidents that were opened.", "severity")
to_acknowledge = histogram(
    "incidents_time_to_acknowledge_seconds", "From its beginning, of each incident.", "severity", buckets=OF_PEOPLE
)
to_resolve = histogram(
    "incidents_time_to_resolve_seconds", "From its beginning, of each incident.", "severity", buckets=OF_PEOPLE
)
for _severity in ("P1", "P2", "P3"):
    created.labels(_severity)
    to_acknowledge.labels(_severity)
    to_resolve.labels(_severity)


def collect(ask: Ask) -> list[Metric]:
    return gauges(
        ask,
        OPEN,
        ("severity", "status"),
        incidents_open="Incidents that need somebody, be they acknowledged or not; counted up to 10,000.",
        incidents_open_oldest_age_seconds="Since when the oldest of them is there.",
    )
