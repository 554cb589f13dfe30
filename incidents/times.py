"""How long it took to acknowledge and to resolve, by the day on which it was done (UTC): counts and medians, exact.

To read thirty days among a million incidents takes seconds, so the worker keeps the days that are over in a table,
counted anew every hour; whatever is not there yet is read here, as far as that is quick.
"""

from datetime import UTC, date, timedelta
from typing import Any

from core import clock
from core.postgres import rows
from incidents.models import Day

DAYS = 30
# A transaction that began before midnight may end after it.
GRACE = timedelta(minutes=10)
# So many incidents, and the last two days however many they had, are read for a page.
QUICK = 5000

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
ARE_MANY = "SELECT EXISTS (SELECT FROM incidents_incident WHERE updated_at >= %s ORDER BY updated_at DESC OFFSET %s)"


def last_days() -> dict[date, Day | None]:
    """DAYS of them, oldest first, today included; None for those that only the worker may count, and has not yet."""
    today = clock.now().date()
    wanted = days_until(today)
    kept = Day.objects.filter(date__gte=wanted[0], date__lt=today).in_bulk()
    first = readable_since(next(day for day in wanted if day not in kept), today)
    read = since(first)
    return {day: kept.get(day) or (read.get(day, Day(date=day)) if day >= first else None) for day in wanted}


def readable_since(missing: date, today: date) -> date:
    yesterday = today - timedelta(days=1)
    return yesterday if missing < yesterday and are_many_since(missing) else missing


def are_many_since(first: date) -> bool:
    return bool(rows.run(ARE_MANY, [clock.midnight(first, UTC), QUICK])[0][0])


def count() -> int:
    """Count the days that are over anew: what was deleted since then is gone from them, too. How many they are."""
    wanted = days_until((clock.now() - GRACE).date())[:-1]
    found = since(wanted[0])
    Day.objects.filter(date__lt=wanted[0]).delete()
    Day.objects.bulk_create(
        [found.get(day, Day(date=day)) for day in wanted],
        update_conflicts=True,
        unique_fields=["date"],
        update_fields=["acknowledged", "seconds_to_acknowledge", "resolved", "seconds_to_resolve"],
    )
    return len(wanted)


def days_until(last: date) -> list[date]:
    return [last - timedelta(days=back) for back in reversed(range(DAYS))]


def since(first: date) -> dict[date, Day]:
    found: list[Any] = rows.run(SINCE, [clock.midnight(first, UTC)] * 2)
    return {row[0]: Day(*row) for row in found}
