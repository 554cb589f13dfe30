"""What is counted of deliveries."""

from prometheus_client.metrics_core import Metric

from core.metric_families import Ask, gauges
from core.metrics import counter, histogram

OF_ATTEMPTS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0)
# The first ten thousand; those of an endpoint that is turned off wait for nobody.
PENDING = """
SELECT d.kind, count(*), extract(epoch FROM now() - min(d.created_at)),
       GREATEST(0, extract(epoch FROM now() - min(d.due_at))) FROM (
    SELECT d.kind, d.created_at, d.due_at, d.endpoint_id, d.person_id FROM notifications_delivery d
    WHERE d.state = 'PENDING' ORDER BY d.id LIMIT 10000) AS d
LEFT JOIN notifications_endpoint e ON e.id = d.endpoint_id
WHERE d.person_id IS NOT NULL OR e.is_active
GROUP BY d.kind
"""

attempts = counter(
    "incidents_delivery_attempts_total",
    "Attempts to deliver: delivered, failed for good, or to be made again.",
    "channel",
    "result",
)
seconds = histogram(
    "incidents_delivery_attempt_duration_seconds", "Of attempts to deliver.", "channel", buckets=OF_ATTEMPTS
)


def collect(ask: Ask) -> list[Metric]:
    return gauges(
        ask,
        PENDING,
        ("channel",),
        incidents_deliveries_pending="Deliveries that wait, or are on their way; counted up to 10,000 in all.",
        incidents_deliveries_oldest_pending_seconds="Since when the oldest of them is there.",
        incidents_deliveries_overdue_seconds="Since when the first of them could have been sent.",
    )
