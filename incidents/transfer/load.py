"""Writes what was surveyed, in short transactions: whoever is killed in between begins anew, and goes on where it was.

No job follows from it and no stream tells of it: the events have no position in the log (as those have none that are
older than it), so that nobody is woken for what is long over.
"""

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

import orjson
from django.db import transaction

from core import clock
from core.postgres import rows
from incidents.analytics import tallies
from incidents.models import EventType, WordState
from incidents.transfer import check, survey
from incidents.transfer.check import Entry
from users import services as user_services
from users.models import User

BATCH = 500

INCIDENTS = """
INSERT INTO incidents_incident (id, {number} title, description, severity, status, metadata, created_by_id, assignee_id,
    version, created_at, updated_at, acknowledged_at, resolved_at)
SELECT id, {number} title, description, severity, status, metadata, created_by, assignee,
    version, created_at, updated_at, acknowledged_at, resolved_at
FROM jsonb_to_recordset(%s) AS row (id uuid, number bigint, title text, description text, severity text, status text,
    metadata jsonb, created_by uuid, assignee uuid, version bigint, created_at timestamptz, updated_at timestamptz,
    acknowledged_at timestamptz, resolved_at timestamptz)
ORDER BY created_at, number ON CONFLICT (id) DO NOTHING RETURNING id
"""
EVENTS = """
INSERT INTO incidents_event (id, {sequence} incident_id, type, actor_id, data, request_id, created_at, epoch, xid)
SELECT id, {sequence} incident, type, actor, data, request_id, created_at, NULL, NULL
FROM jsonb_to_recordset(%s) AS row (id uuid, sequence bigint, incident uuid, type text, actor uuid, data jsonb,
    request_id text, created_at timestamptz)
ORDER BY row.sequence
"""
# Nobody may take a number of the file meanwhile, nor set the counter back.
LOCK = "LOCK TABLE incidents_incident, incidents_event, incidents_deletion IN SHARE ROW EXCLUSIVE MODE"
IS_BEHIND = "SELECT last_value <= %s FROM {}"


def people(found: dict[str, Entry]) -> tuple[dict[str, uuid.UUID], list[Entry]]:
    """Whom the file's ids stand for here, by e-mail address, or else by id; and those who are not here."""
    here: dict[str, uuid.UUID] = {}
    for user_id, person in found.items():
        user = User.objects.with_email(person["email"]).first() or User.objects.filter(pk=user_id).first()
        if user is not None:
            here[user_id] = user.pk
    return here, [person for user_id, person in found.items() if user_id not in here]


@transaction.atomic
def add_people(absent: list[Entry]) -> None:
    """Each as somebody who cannot log in until an administrator lets them."""
    for person in absent:
        if not User.objects.with_email(person["email"]).exists():  # two ids of one address
            user_services.add_absent(uuid.UUID(person["id"]), email=person["email"], name=person["name"])


def raise_counters(number: int, sequence: int) -> None:
    """What is opened from now on comes after all that is in the file."""
    behind = [(name, most) for name, most in (("incidents_number", number), ("incidents_sequence", sequence)) if most]
    if any(is_behind(*each) for each in behind):
        with transaction.atomic():
            rows.run(LOCK)
            for name, most in behind:
                if is_behind(name, most):
                    rows.run("SELECT setval(%s::regclass, %s)", [name, most])


def is_behind(name: str, most: int) -> bool:
    return bool(rows.run(IS_BEHIND.format(name), [most])[0][0])


def load(
    path: Path, here: dict[str, uuid.UUID], *, with_numbers: bool, told: Callable[[int], None]
) -> Iterator[tuple[int, int]]:
    """(incidents, events) that each batch added."""
    entries = (line for line in map(entry, survey.numbered(path, told)) if line is not None)
    while batch := list(islice(entries, BATCH)):
        yield add(batch, here, with_numbers=with_numbers)


def entry(numbered: tuple[int, bytes]) -> Entry | None:
    """None for the line before the first and for that after the last."""
    line: Entry = check.parsed(numbered[1])
    return line if "events" in line else None


@transaction.atomic
def add(batch: list[Entry], here: dict[str, uuid.UUID], *, with_numbers: bool) -> tuple[int, int]:
    """Those that are here already stay as they are."""
    kept = {"number": "number,", "sequence": "sequence,"} if with_numbers else {"number": "", "sequence": ""}
    incidents = [with_people(line["incident"], ("created_by", "assignee"), here) for line in batch]
    added = {str(pk) for (pk,) in insert(INCIDENTS.format(**kept), incidents)}
    new = [line for line in batch if line["incident"]["id"].lower() in added]
    events = [event_row(line["incident"]["id"], event, here) for line in new for event in line["events"]]
    if events:
        insert(EVENTS.format(**kept), events)
    if new:
        count_anew([clock.parse("created_at", line["incident"]["created_at"]) for line in new])
        WordState.objects.all().delete()  # words are learnt in the order of changes, and these may be long past
    return len(added), len(events)


def count_anew(opened_at: list[datetime]) -> None:
    """Analytics follow the log, in which these have no place."""
    rows.run(tallies.LOCK)
    tallies.count({at.replace(minute=at.minute - at.minute % 15, second=0, microsecond=0) for at in opened_at})


def insert(statement: str, new: list[Entry]) -> list[rows.Row]:
    return rows.run(statement, [orjson.dumps(new).decode()])


def event_row(incident_id: str, event: Entry, here: dict[str, uuid.UUID]) -> Entry:
    row = with_people(event, ("actor",), here) | {"incident": incident_id}
    if event["type"] == EventType.ASSIGNED:
        row["data"] = with_people(event["data"], ("from", "to"), here)
    return row


def with_people(row: Entry, names: tuple[str, ...], here: dict[str, uuid.UUID]) -> Entry:
    return row | {name: here[row[name].lower()] if row[name] else None for name in names}
