"""The deliveries as a queue in PostgreSQL: put in, claim, record. Correct whoever dies at whatever moment.

A claim and a record are one message to PostgreSQL each, a transaction of its own that the server ends by itself: a
process that is frozen or killed at any point holds no lock.
"""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import psycopg
from django.db import connection, transaction
from psycopg.rows import namedtuple_row
from uuid_utils.compat import uuid7

from notifications import schedule
from notifications.models import Delivery, Entry, Happening, State
from notifications.outcome import Claimed, Outcome, Verdict

LEASE_SECONDS = 60  # longer than any attempt
SLOTS_OF_AN_ENDPOINT = 2
POISON_TRIES = 5
PART = 5_000
CLAIM_LOCK = 7_103_001
NO_LONGER_OPEN = "The incident is not open any more."
Finished = tuple[Claimed, Outcome]

# Whoever claims comes alone: of each endpoint no more than its slots are in flight, in all processes together.
ALONE = f"SELECT pg_advisory_xact_lock({CLAIM_LOCK});"
# What is looked for by its id or its incident waits while it has no finished_at, which comes to the same as PENDING. By
# that word PostgreSQL may walk one of the indexes of all that waits instead, for each row anew, since it takes them for
# empty where its statistics are of a quiet time: a claim among 3,000 mails took 4 s, and holds up all others.
IS_FIRST = """NOT EXISTS (
    SELECT FROM notifications_delivery o WHERE o.incident_id = d.incident_id AND o.finished_at IS NULL
       AND o.endpoint_id IS NOT DISTINCT FROM d.endpoint_id AND o.person_id IS NOT DISTINCT FROM d.person_id
       AND o.sequence < d.sequence)"""
CLAIM = f"""{ALONE}
WITH picked AS (
    SELECT due.id FROM notifications_endpoint e CROSS JOIN LATERAL (
        SELECT first.* FROM generate_series(0, 3) AS p (priority) CROSS JOIN LATERAL (
            SELECT d.id, d.priority, d.due_at FROM notifications_delivery d
            WHERE d.endpoint_id = e.id AND d.priority = p.priority AND d.state = 'PENDING' AND d.due_at <= app_now()
              AND {IS_FIRST}
            ORDER BY d.due_at LIMIT {SLOTS_OF_AN_ENDPOINT}
        ) AS first
        ORDER BY first.priority, first.due_at
        LIMIT GREATEST(0, {SLOTS_OF_AN_ENDPOINT} - (
            SELECT count(*) FROM notifications_delivery f WHERE f.endpoint_id = e.id AND f.state = 'PENDING'
               AND f.attempt_id IS NOT NULL AND f.due_at > app_now()))
    ) AS due
    WHERE e.is_active ORDER BY due.priority, due.due_at LIMIT %(limit)s
)
UPDATE notifications_delivery d SET attempt_id = gen_random_uuid(), attempts = d.attempts + 1, claimed_at = app_now(),
       due_at = app_now() + make_interval(secs => {LEASE_SECONDS})
FROM picked, notifications_endpoint e
WHERE d.id = picked.id AND e.id = d.endpoint_id AND d.finished_at IS NULL  -- not if cancelled meanwhile
RETURNING d.id, d.attempt_id, d.attempts AS number, d.kind, d.type, d.payload, d.request_id, d.incident_id,
          e.id AS endpoint, e.url, e.secret,
          CASE WHEN e.previous_secret_until > app_now() THEN e.previous_secret ELSE '' END AS previous_secret
"""  # noqa: S608  put together from constants

RECORD = """
WITH mine AS (
    UPDATE notifications_delivery SET state = %(state)s, attempt_id = NULL,
           due_at = CASE WHEN %(state)s = 'PENDING' THEN app_now() + make_interval(secs => %(pause)s) ELSE due_at END,
           finished_at = CASE WHEN %(state)s <> 'PENDING' THEN app_now() END
    WHERE id = %(id)s AND attempt_id = %(attempt)s
    RETURNING id, incident_id, endpoint_id, person_id, sequence, due_at
), told AS (
    INSERT INTO notifications_entry (id, delivery_id, type, note, number, status, duration_ms, answer, created_at)
    SELECT %(entry)s, id, CASE WHEN EXISTS (SELECT FROM mine) THEN 'ATTEMPTED' ELSE 'LATE' END,
           %(note)s, %(number)s, %(status)s, %(duration)s, %(answer)s, app_now()
    FROM notifications_delivery WHERE id = %(id)s
), followers AS (
    SELECT w.id, row_number() OVER (ORDER BY w.sequence) AS place FROM notifications_delivery w, mine
    WHERE w.incident_id = mine.incident_id AND w.finished_at IS NULL AND w.sequence > mine.sequence
      AND w.endpoint_id IS NOT DISTINCT FROM mine.endpoint_id AND w.person_id IS NOT DISTINCT FROM mine.person_id
), moved AS (
    -- They wait for this one anyway; so the claim need not look at them until it is their turn.
    UPDATE notifications_delivery w SET due_at =
           CASE WHEN %(state)s = 'PENDING' THEN GREATEST(w.due_at, mine.due_at) ELSE LEAST(w.due_at, app_now()) END
    FROM followers, mine WHERE w.id = followers.id AND w.finished_at IS NULL AND w.attempt_id IS NULL
      AND (%(state)s = 'PENDING' OR followers.place = 1)
)
UPDATE notifications_endpoint e
SET failing_since = CASE WHEN NOT %(is_well)s THEN COALESCE(e.failing_since, app_now()) END
FROM mine WHERE e.id = mine.endpoint_id AND (e.failing_since IS NOT NULL OR NOT %(is_well)s)
RETURNING e.failing_since < app_now() - interval '5 days'
"""
RELEASE = """
UPDATE notifications_delivery w SET due_at = app_now() FROM notifications_delivery gone
WHERE gone.id = ANY(%s) AND w.incident_id = gone.incident_id AND w.finished_at IS NULL AND w.sequence > gone.sequence
  AND w.endpoint_id IS NOT DISTINCT FROM gone.endpoint_id AND w.person_id IS NOT DISTINCT FROM gone.person_id
  AND w.attempt_id IS NULL
"""


def add(deliveries: Iterable[Delivery]) -> None:
    """Call inside the transaction of whatever they tell of. One that is there already stays as it is."""
    Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)


def claim(limit: int) -> list[Claimed]:
    """Of what is due at endpoints, the most urgent: never two of one endpoint and incident, the older event first."""
    return [Claimed(**row._asdict()) for row in results((CLAIM, {"limit": limit}))[-1]]


def record_all(outcomes: Sequence[Finished]) -> list[uuid.UUID]:
    """What attempts came to, of those deliveries that are still ours, in one transaction. The endpoints that have only
    failed for five days."""
    ordered = in_order(outcomes)
    return long_failing(ordered, results(*records(ordered)))


def record_and_claim(outcomes: Sequence[Finished], limit: int) -> tuple[list[uuid.UUID], list[Claimed]]:
    """Both as one message: half of the trips, and of the flushes, between two deliveries to an endpoint that answers at
    once. The lock comes first: who holds it must not wait for a row of somebody who waits for it."""
    ordered = in_order(outcomes)
    _, *recorded, _, rows = results((ALONE, {}), *records(ordered), (CLAIM, {"limit": limit}))
    return long_failing(ordered, recorded), [Claimed(**row._asdict()) for row in rows]


def in_order(outcomes: Sequence[Finished]) -> list[Finished]:
    """The same everywhere, so that no two workers wait for each other's rows."""
    return sorted(outcomes, key=lambda each: (str(each[0].endpoint), str(each[0].id)))


def records(ordered: Sequence[Finished]) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((RECORD, values(*each)) for each in ordered)


def long_failing(ordered: Sequence[Finished], recorded: Sequence[list[Any]]) -> list[uuid.UUID]:
    has_long_failed = [any(row[0] for row in rows) for rows in recorded]
    return [each[0].endpoint for each, has in zip(ordered, has_long_failed, strict=True) if has and each[0].endpoint]


def results(*statements: tuple[str, dict[str, Any]]) -> list[list[Any]]:
    """Of each statement its rows. They are one message, which PostgreSQL takes for one transaction."""
    connection.ensure_connection()
    with psycopg.ClientCursor(connection.connection, row_factory=namedtuple_row) as cursor:
        cursor.execute(";".join(cursor.mogrify(*each) for each in statements))
        return [each.fetchall() if each.description else [] for each in cursor.results()]


def values(claimed: Claimed, outcome: Outcome) -> dict[str, Any]:
    state, pause = judge(claimed, outcome)
    return {
        "id": claimed.id,
        "attempt": claimed.attempt_id,
        "entry": uuid7(),
        "state": state,
        "pause": pause or 0.0,
        "note": storable(outcome.error)[:300],
        "number": claimed.number,
        "status": outcome.status,
        "duration": round(outcome.seconds * 1000),
        "answer": storable(outcome.answer),
        "is_well": outcome.verdict == Verdict.DELIVERED,
    }


def storable(text: str) -> str:
    """What came from outside, as PostgreSQL takes it."""
    return text.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def judge(claimed: Claimed, outcome: Outcome) -> tuple[State, float | None]:
    if outcome.verdict == Verdict.DELIVERED:
        return State.DELIVERED, None
    if outcome.verdict == Verdict.REFUSED:
        return State.FAILED, None
    if outcome.tries is not None and claimed.number >= outcome.tries:
        return State.FAILED, None
    pause = schedule.pause(claimed.kind, claimed.number, wish=outcome.retry_after)
    return (State.PENDING, pause) if pause is not None else (State.FAILED, None)


@transaction.atomic
def cancel(deliveries: Any, type: Happening = Happening.CANCELLED, **told: Any) -> int:
    """Those that wait and are not on their way; `told` is what their entries say, a note or an actor. What waited for
    one of them goes now. How many they were."""
    waiting = deliveries.pending().idle().select_for_update(no_key=True, skip_locked=True)
    ids = list(waiting.values_list("pk", flat=True))
    for part in parts(ids):
        Delivery.objects.filter(pk__in=part).finish(State.CANCELLED)
        with connection.cursor() as cursor:
            cursor.execute(RELEASE, [part])
    entries = (Entry(delivery_id=id, type=type, **told) for id in ids)
    Entry.objects.bulk_create(entries, batch_size=1000)
    return len(ids)


def parts(ids: list[Any]) -> Iterator[list[Any]]:
    """For statements that each end well within their time, however many there are."""
    return (ids[first : first + PART] for first in range(0, len(ids), PART))
