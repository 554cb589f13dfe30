"""What nobody may wait for, and what waits: /ready/worker and the page about the service ask this."""

from dataclasses import dataclass
from datetime import datetime

from core.postgres import rows

PAGE_IS_LATE = """
SELECT EXISTS (
    SELECT 1 FROM notifications_delivery d LEFT JOIN notifications_endpoint e ON e.id = d.endpoint_id
    WHERE d.state = 'PENDING' AND d.priority = 0 AND d.due_at < app_now() - interval '60 s'
      AND (d.person_id IS NOT NULL OR e.is_active))
"""
MOST = 10_000
# `oldest`: of those that somebody should have sent by now.
BACKLOG = """
SELECT count(*) FILTER (WHERE NOT is_parked), count(*) FILTER (WHERE is_parked),
    min(due_at) FILTER (WHERE NOT is_parked AND due_at <= app_now()),
    (SELECT count(*) FROM (
        SELECT finished_at FROM notifications_delivery WHERE state = 'FAILED' ORDER BY id DESC LIMIT %(most)s) AS failed
     WHERE finished_at > app_now() - interval '1 day'),
    (SELECT count(*) FROM notifications_endpoint WHERE is_active AND failing_since IS NOT NULL)
FROM (
    SELECT d.due_at, e.is_active IS FALSE AS is_parked
    FROM notifications_delivery d LEFT JOIN notifications_endpoint e ON e.id = d.endpoint_id
    WHERE d.state = 'PENDING' ORDER BY d.id LIMIT %(most)s) AS pending
"""


@dataclass(frozen=True, slots=True)
class Backlog:
    waiting: int
    parked: int
    oldest: datetime | None
    failed_today: int
    failing_endpoints: int


def backlog() -> Backlog:
    """MOST of each are counted."""
    return Backlog(*rows.run(BACKLOG, {"most": MOST})[0])
