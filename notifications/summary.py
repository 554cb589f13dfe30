"""The daily summary: to whoever wants it, at their own eight o'clock, of the time since yesterday's."""

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef

from core.clock import rfc3339, zone
from core.postgres import rows
from notifications import payload, preferences, queue
from notifications.models import Delivery, Kind, Priority

HOUR = time(8)
SHOWN = 10  # of those that are still open

# What was done since then was updated since then, and of that there is an index.
DONE = """
SELECT count(*) FILTER (WHERE created_at >= %(since)s AND created_at < %(until)s AND severity = 'P1'),
       count(*) FILTER (WHERE created_at >= %(since)s AND created_at < %(until)s AND severity = 'P2'),
       count(*) FILTER (WHERE created_at >= %(since)s AND created_at < %(until)s AND severity = 'P3'),
       count(*) FILTER (WHERE acknowledged_at >= %(since)s AND acknowledged_at < %(until)s),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM acknowledged_at - created_at)::float)
           FILTER (WHERE acknowledged_at >= %(since)s AND acknowledged_at < %(until)s),
       count(*) FILTER (WHERE resolved_at >= %(since)s AND resolved_at < %(until)s),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM resolved_at - created_at)::float)
           FILTER (WHERE resolved_at >= %(since)s AND resolved_at < %(until)s)
FROM incidents_incident WHERE updated_at >= %(since)s
"""
OPEN = """
SELECT id, number, severity, title, count(*) OVER () FROM incidents_incident
WHERE created_at < %(until)s AND (status <> 'RESOLVED' OR (updated_at >= %(until)s AND resolved_at >= %(until)s))
ORDER BY severity, created_at LIMIT %(shown)s
"""


class Day(NamedTuple):
    """Somebody's date, and the two moments between which it is told of."""

    date: date
    since: datetime
    until: datetime


def day(now: datetime, tz: ZoneInfo) -> Day | None:
    """None before eight o'clock. A clock that is put forward or back makes it 23 or 25 hours; nothing is told twice."""
    today = now.astimezone(tz).date()
    until = eight(today, tz)
    if now < until:
        return None
    before = today - timedelta(days=1)
    while eight(before, tz) >= until:  # a zone that changed sides of the date line has left a day out
        before -= timedelta(days=1)
    return Day(today, eight(before, tz), until)


def eight(on: date, tz: ZoneInfo) -> datetime:
    return datetime.combine(on, HOUR, tz).astimezone(ZoneInfo("UTC"))


def write_due() -> int:
    """Of whom it is past eight, and who has none of today yet. A worker that was down at eight comes after it."""
    now = database_now()
    zones = defaultdict(list)
    for name in preferences.wanting_summary().order_by().values_list("timezone", flat=True).distinct():
        if is_past := day(now, zone(name)):
            zones[is_past].append(name)
    return sum(write(each, names) for each, names in zones.items())


def database_now() -> datetime:
    now: datetime = rows.run("SELECT app_now()")[0][0]
    return now


def write(of: Day, zones: list[str]) -> int:
    key = f"summary:{of.date}"
    told = Delivery.objects.filter(key=key, person=OuterRef("pk"))
    people = list(preferences.wanting_summary().filter(~Exists(told), timezone__in=zones))
    found = figures(of.since, of.until) if people else None
    if found is None:
        return 0
    to = {"key": key, "kind": Kind.MAIL, "priority": Priority.DIGEST}
    queue.add(payload.apart("summary", found, person=each, target=each.email, **to) for each in people)
    return len(people)


def figures(since: datetime, until: datetime) -> dict[str, Any] | None:
    """None when there is nothing to say."""
    values: dict[str, datetime | int] = {"since": since, "until": until, "shown": SHOWN}
    ((p1, p2, p3, acknowledged, to_acknowledge, resolved, to_resolve),) = rows.run(DONE, values)
    still_open = rows.run(OPEN, values)
    if not (p1 or p2 or p3 or acknowledged or resolved or still_open):
        return None
    return {
        "since": rfc3339(since),
        "until": rfc3339(until),
        "opened": {"P1": p1, "P2": p2, "P3": p3},
        "acknowledged": acknowledged,
        "seconds_to_acknowledge": to_acknowledge,
        "resolved": resolved,
        "seconds_to_resolve": to_resolve,
        "still_open": still_open[0][4] if still_open else 0,
        "open": [{"id": row[0], "number": row[1], "severity": row[2], "title": row[3]} for row in still_open],
    }
