"""Keeps the tallies: counts quarters of an hour anew, by the event log or all of them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Min
from django.db.models.functions import Now

from core.postgres import rows
from incidents.analytics.figures import BIN, EXACT, MEASURED, QUARTER, of_incidents, of_tallies
from incidents.models import Incident, Tally, TallyState
from incidents.stream import log
from incidents.stream.position import Position

NOBODY = UUID(int=0)
QUARTERS = timedelta(minutes=15)
DAYS = timedelta(days=1)
# So many entries of the log are followed in one transaction.
BATCH = 500
# Whoever counts waits here, and then sees what the other has counted: for both to write the same tallies fails.
LOCK = "SELECT pg_advisory_xact_lock(hashtext('incidents_tally'))"
COLUMNS = """INSERT INTO incidents_tally (
    is_day, kind, at, person, severity, open, acknowledged, resolved, unacknowledged,
    acknowledgements, to_acknowledge, acknowledge_bins, resolutions, to_resolve, resolve_bins,
    acknowledge_times, resolve_times)"""
TIMES_OF_INCIDENTS = ", ".join(f"coalesce(string_agg({EXACT.format(what)}, ''), '')" for what in ("ack", "done"))
TIMES_OF_TALLIES = "string_agg(acknowledge_times, ''), string_agg(resolve_times, '')"
RANGES = "unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[]) AS wanted (first, after)"
# Row by row: a join would read the whole table.
FORGET = f"""
DELETE FROM incidents_tally WHERE ctid = ANY(ARRAY(
    SELECT found FROM {RANGES}
    CROSS JOIN LATERAL (
        SELECT ctid AS found FROM incidents_tally
        WHERE is_day = %(is_day)s AND kind IN (0, 1, 2) AND at >= first AND at < after OFFSET 0) AS theirs))
"""  # noqa: S608  put together from constants
COUNT = f"""
{COLUMNS}
SELECT false, kind, quarter, coalesce(who, '{NOBODY}'), severity, {of_incidents(BIN)}, {TIMES_OF_INCIDENTS}
FROM {RANGES}
CROSS JOIN LATERAL (
    SELECT {QUARTER.format("created_at")} AS quarter, {MEASURED}, created_by_id, assignee_id
    FROM incidents_incident WHERE created_at >= first AND created_at < after OFFSET 0) AS measured
CROSS JOIN LATERAL (VALUES (0, NULL), (1, created_by_id), (2, assignee_id)) AS people (kind, who)
GROUP BY 2, 3, 4, 5
ORDER BY 2, 4, 3
"""  # noqa: S608  put together from constants
ADD_UP = f"""
{COLUMNS}
SELECT true, kind, first, person, severity, {of_tallies(BIN)}, {TIMES_OF_TALLIES}
FROM {RANGES}
CROSS JOIN LATERAL (
    SELECT * FROM incidents_tally
    WHERE NOT is_day AND kind IN (0, 1, 2) AND at >= first AND at < after OFFSET 0) AS quarters
GROUP BY 2, 3, 4, 5
ORDER BY 2, 4, 3
"""  # noqa: S608  put together from constants
# The incident of an event is there, or the deletion comes after it and says when it was opened.
CHANGES = f"""
SELECT epoch, xid::text::bigint, sequence, {QUARTER.format("opened_at")} FROM (
    (SELECT epoch, xid, sequence, (SELECT created_at FROM incidents_incident WHERE id = incident_id) AS opened_at
     FROM incidents_event WHERE xid IS NOT NULL AND {log.COMES_LATER} {{settled}} {log.ORDER})
    UNION ALL
    (SELECT epoch, xid, sequence, opened_at
     FROM incidents_deletion WHERE xid IS NOT NULL AND {log.COMES_LATER} {{settled}} {log.ORDER})) AS changes
{log.ORDER}
"""  # noqa: S608  put together from constants
SETTLED = CHANGES.format(settled=f"AND {log.IS_SETTLED}")
ALL_THAT_IS_SEEN = CHANGES.format(settled="")


def follow() -> int:
    """Count anew what has changed since the last time. How many entries of the log there were."""
    if not TallyState.objects.exists():
        return sum(1 for _ in rebuild())
    followed = 0
    while count := follow_batch():
        followed += count
        if count < BATCH:
            break
    return followed


@transaction.atomic
def follow_batch() -> int:
    rows.run(LOCK)
    state = TallyState.objects.get()
    changes = changes_after(position_of(state), BATCH, statement=SETTLED)
    count({quarter for _, quarter in changes if quarter})
    last = changes[-1][0] if changes else position_of(state)
    put_state(last)
    return len(changes)


def changes_after(position: Position, limit: int, *, statement: str) -> list[tuple[Position, datetime | None]]:
    found = rows.run(statement, log.values(position) | {"limit": limit})
    return [(Position(*row[:3]), row[3]) for row in found]


def position_of(state: TallyState) -> Position:
    return Position(state.epoch, state.xid, state.sequence)


def put_state(position: Position) -> None:
    """Say that everything up to there is counted."""
    TallyState.objects.update_or_create(defaults={**position._asdict(), "counted_at": Now()}, id=1)


def count(quarters: set[datetime]) -> None:
    days = {midnight(quarter) for quarter in quarters}
    replace(COUNT, sorted(quarters), QUARTERS, is_day=False)
    replace(ADD_UP, sorted(days), DAYS, is_day=True)


def replace(statement: str, starts: list[datetime], length: timedelta, *, is_day: bool) -> None:
    values: dict[str, Any] = {"starts": starts, "ends": [start + length for start in starts], "is_day": is_day}
    rows.run(FORGET, values)
    rows.run(statement, values)


def rebuild() -> Iterator[int]:
    """Count everything anew, a day a transaction: after each, how many days are counted.

    What changes meanwhile is followed from where the log stands now, unless it is being followed already.
    """
    position = log.present().now
    for number, day in enumerate(every_day(), start=1):
        count_day(day)
        yield number
    if not TallyState.objects.exists():
        put_state(position)


def every_day() -> list[datetime]:
    """From the first to the last that has an incident, or a tally that may be of none any more."""
    ends = [*Incident.objects.aggregate(Min("created_at"), Max("created_at")).values()]
    ends += Tally.objects.filter(is_day=True, kind=Tally.Kind.EVERYBODY).aggregate(Min("at"), Max("at")).values()
    known = [midnight(moment) for moment in ends if moment]
    if not known:
        return []
    return [min(known) + number * DAYS for number in range((max(known) - min(known)).days + 1)]


@transaction.atomic
def count_day(day: datetime) -> None:
    rows.run(LOCK)
    replace(COUNT, [day], DAYS, is_day=False)
    replace(ADD_UP, [day], DAYS, is_day=True)


def midnight(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
