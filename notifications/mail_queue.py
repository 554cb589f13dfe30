"""The mails among the deliveries: claimed like the rest, save that one person gets only so many a minute.

Beyond that, what waits for somebody goes as one folded mail. P1s and what is urgent go at once, however many.
"""

from django.conf import settings

from notifications import queue
from notifications.models import EventName, Priority
from notifications.outcome import Claimed

MOST_IN_ONE = 200

DUE = "d.state = 'PENDING' AND d.due_at <= app_now()"
IS_PAGE = f"(d.priority = {Priority.PAGE} AND d.type = '{EventName.CREATED}')"
# PostgreSQL before 18 makes none: those of the entries sort by time.
UUID7 = """encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING
    substring(int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6),
    52, 1), 53, 1), 'hex')::uuid"""

CALL_OFF = f"""
WITH idle AS (
    SELECT d.id, CASE WHEN u.is_active THEN '{queue.NO_LONGER_OPEN}' ELSE 'The person was deactivated.' END AS why
    FROM notifications_delivery d JOIN users_user u ON u.id = d.person_id
    LEFT JOIN incidents_incident i ON i.id = d.incident_id AND i.status = 'OPEN'
    WHERE {DUE} AND d.person_id IS NOT NULL AND (NOT u.is_active OR ({IS_PAGE} AND i.id IS NULL))
    FOR NO KEY UPDATE OF d SKIP LOCKED
), cancelled AS (
    UPDATE notifications_delivery d SET state = 'CANCELLED', finished_at = app_now(), attempt_id = NULL
    FROM idle WHERE d.id = idle.id RETURNING d.id, idle.why
)
INSERT INTO notifications_entry (id, delivery_id, type, note, answer, created_at)
SELECT {UUID7}, id, 'CANCELLED', why, '', app_now() FROM cancelled;
"""  # noqa: S608  put together from constants

# Of each person the most urgent, unless they have had their mails of this minute. The last of these takes along all
# that waits, but none ahead of an older one of its incident that does not go with it.
# IS NOT DISTINCT FROM, here and in IS_FIRST: with = PostgreSQL may look for an incident's others among all that waits
# for a person, 2.4 s for 4,000 mails on a table without statistics, and every claim waits for this one.
# A page is claimed while its incident is held open: whoever acknowledges it commits before, and it is not claimed, or
# after. One whose incident is being changed at this moment waits for the next look.
CLAIM = f"""{queue.ALONE}{CALL_OFF}
WITH people AS (
    SELECT DISTINCT d.person_id FROM notifications_delivery d
    WHERE {DUE} AND d.person_id IS NOT NULL AND d.priority <= %(until)s
), picked AS MATERIALIZED (
    SELECT first.*, told.count FROM people CROSS JOIN LATERAL (
        SELECT count(*) FROM notifications_delivery t WHERE t.person_id = people.person_id
           AND t.claimed_at > app_now() - interval '1 minute' AND t.priority > {Priority.P1} AND t.folded_into IS NULL
    ) AS told CROSS JOIN LATERAL (
        SELECT d.id, d.person_id, d.incident_id, d.priority, d.due_at, d.sequence, {IS_PAGE} AS is_page
        FROM notifications_delivery d
        WHERE d.person_id = people.person_id AND {DUE} AND d.priority <= %(until)s AND {queue.IS_FIRST}
          AND (d.priority <= {Priority.P1} OR told.count < %(most)s)
        ORDER BY d.priority, d.due_at, d.sequence LIMIT 1
    ) AS first
    ORDER BY first.priority, first.due_at, first.sequence LIMIT %(limit)s
), open AS MATERIALIZED (
    SELECT i.id FROM incidents_incident i
    WHERE i.status = 'OPEN' AND i.id IN (SELECT incident_id FROM picked WHERE is_page) FOR SHARE SKIP LOCKED
), taken AS MATERIALIZED (
    SELECT id, NULL::uuid AS head FROM picked WHERE NOT is_page OR incident_id IN (SELECT id FROM open)
    UNION ALL
    SELECT other.id, picked.id FROM picked CROSS JOIN LATERAL (
        SELECT d.id FROM notifications_delivery d
        WHERE d.person_id = picked.person_id AND d.id <> picked.id AND d.priority = {Priority.NORMAL} AND {DUE}
          AND NOT EXISTS (
            SELECT FROM notifications_delivery o WHERE o.incident_id = d.incident_id AND o.finished_at IS NULL
               AND o.person_id IS NOT DISTINCT FROM d.person_id AND o.sequence < d.sequence
               AND (o.priority <> {Priority.NORMAL} OR o.due_at > app_now()))
        ORDER BY d.sequence LIMIT {MOST_IN_ONE - 1}
    ) AS other
    WHERE picked.priority = {Priority.NORMAL} AND picked.count = %(most)s - 1
), claimed AS (
    UPDATE notifications_delivery d SET attempt_id = gen_random_uuid(), attempts = d.attempts + 1,
           claimed_at = app_now(), due_at = app_now() + make_interval(secs => {queue.LEASE_SECONDS}),
           folded_into = taken.head
    FROM taken WHERE d.id = taken.id AND d.finished_at IS NULL RETURNING d.*
), noted AS (
    INSERT INTO notifications_entry (id, delivery_id, type, note, answer, created_at)
    SELECT {UUID7}, id, 'FOLDED', 'Told in one mail with others.', '', app_now() FROM claimed
    WHERE folded_into IS NOT NULL
)
SELECT c.id, c.attempt_id, c.attempts AS number, c.kind, c.type, c.payload, c.request_id, c.incident_id,
       u.id AS person, u.email, u.name, u.timezone, u.role <> 'viewer' AS may_act, c.folded_into
FROM claimed c JOIN users_user u ON u.id = c.person_id ORDER BY c.priority, c.sequence
"""  # noqa: S608  the same


def claim(limit: int) -> list[Claimed]:
    """At most one mail for each person."""
    return claimed(limit, Priority.DIGEST)


def claim_urgent(limit: int) -> list[Claimed]:
    """Of P1s, and what somebody waits for."""
    return claimed(limit, Priority.P1)


def claimed(limit: int, until: Priority) -> list[Claimed]:
    values = {"limit": limit, "until": int(until), "most": settings.MAIL_PER_MINUTE}
    rows = [row._asdict() for row in queue.results((CLAIM, values))[-1]]
    heads = [row.pop("folded_into") for row in rows]
    mails: list[Claimed] = []
    for row in (row for row, head in zip(rows, heads, strict=True) if head is None):
        others = (other for other, head in zip(rows, heads, strict=True) if head == row["id"])
        mails.append(Claimed(**row, others=tuple(Claimed(**other) for other in others)))
    return mails
