"""How long it took to acknowledge and to resolve, by the day on which it was done (UTC): counts and medians, exact.

A day that is over does not change, so it is read once and then kept in Redis; today is read each time. An incident
that is deleted later stays in the days that are kept. With Redis away there are no times: to read thirty days among a
million incidents takes a second, which is fine once and not for each who looks.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import orjson
from django.db import connection

from core import cache, clock

DAYS = 30
KEY = "incidents:times"
KEEP_SECONDS = 40 * 86_400
# A transaction that began before midnight may end after it.
GRACE = timedelta(minutes=10)

# Whoever was acknowledged or resolved since then was updated since then, and of that there is an index.
SINCE = """
SELECT day, count(*) FILTER (WHERE what = 'ack'),
       percentile_disc(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE what = 'ack'),
       count(*) FILTER (WHERE what = 'done'),
       percentile_disc(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE what = 'done')
FROM incidents_incident
CROSS JOIN LATERAL (VALUES ('ack', acknowledged_at), ('done', resolved_at)) AS changed (what, at)
CROSS JOIN LATERAL (SELECT (at AT TIME ZONE 'UTC')::date AS day, extract(epoch FROM at - created_at)::float AS seconds)
    AS measured
WHERE updated_at >= %s AND at >= %s
GROUP BY day
"""


@dataclass(frozen=True, slots=True)
class Day:
    date: date
    acknowledged: int = 0
    seconds_to_acknowledge: float | None = None
    resolved: int = 0
    seconds_to_resolve: float | None = None


def last_days() -> list[Day] | None:
    """DAYS of them, oldest first, today included; None while Redis is away."""
    now = clock.now()
    wanted = [now.date() - timedelta(days=back) for back in reversed(range(DAYS))]
    known = kept()
    if cache.breaker.is_away:
        return None
    missing = next(day for day in wanted if day not in known or day == wanted[-1])
    fresh = since(missing)
    days = [known.get(day) if day < missing else fresh.get(day, Day(day)) for day in wanted]
    found = [day for day in days if day is not None]
    keep([day for day in found if is_over(day.date, now)], known)
    return found


def is_over(day: date, now: datetime) -> bool:
    return now >= datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1) + GRACE


def kept() -> dict[date, Day]:
    rows = orjson.loads(cache.get(KEY) or b"[]")
    return {day: Day(day, *values) for text, *values in rows for day in [date.fromisoformat(text)]}


def keep(days: list[Day], known: dict[date, Day]) -> None:
    if {day.date for day in days} <= set(known):
        return
    rows = [
        [day.date, day.acknowledged, day.seconds_to_acknowledge, day.resolved, day.seconds_to_resolve] for day in days
    ]
    cache.put(KEY, orjson.dumps(rows), KEEP_SECONDS)


def since(first: date) -> dict[date, Day]:
    midnight = datetime(first.year, first.month, first.day, tzinfo=UTC)
    with connection.cursor() as cursor:
        cursor.execute(SINCE, [midnight, midnight])
        return {row[0]: Day(*row) for row in cursor.fetchall()}
