"""Writes the demo month into the database. Rows go in as they stand at the end, with their times: the one place that
does so, since the services take every time from the clock. What an incident is, is read from its events alone."""

import uuid
from datetime import datetime
from typing import Any

import orjson
from django.db import transaction
from uuid_utils.compat import uuid7

from core.clock import rfc3339
from core.postgres import rows
from incidents.demo.month import Happening, Story, month
from incidents.demo.scenarios import DOMAIN, PEOPLE
from incidents.models import EventType, Incident, Status
from incidents.transfer import load
from users import services as user_services
from users.models import User

COUNT = 300
SEED = "a believable month"
MARK = "demo"  # the request id of every event; the metadata say `"demo": true`

# In the order of time, so that `number` and `sequence` rise with it.
INCIDENTS = load.INCIDENTS.format(number="")
EVENTS = """
INSERT INTO incidents_event (id, incident_id, type, actor_id, data, request_id, created_at)
SELECT id, incident, type, actor, data, %s, created_at
FROM jsonb_to_recordset(%s) AS row (id uuid, incident uuid, type text, actor uuid, data jsonb, created_at timestamptz,
    place integer)
ORDER BY created_at, place
"""


@transaction.atomic
def fill() -> int:
    """How many incidents were written: none where the demo month is there already. Raises EmailTaken when two start
    at once. No reaction follows from what happened weeks ago."""
    people = [person(name, timezone, role) for name, timezone, role in PEOPLE]
    if is_filled(people):
        return 0
    stories = month(COUNT, database_clock(), SEED)
    ids = [uuid_of(story.events[0].at) for story in stories]
    insert(INCIDENTS, [incident_row(pk, story, people) for pk, story in zip(ids, stories, strict=True)])
    events = [row for pk, story in zip(ids, stories, strict=True) for row in event_rows(pk, story, people)]
    insert(EVENTS, events, MARK)
    return len(stories)


def is_filled(people: list[User]) -> bool:
    return Incident.objects.filter(created_by__in=people, metadata__demo=True).exists()


def person(name: str, timezone: str, role: str) -> User:
    """Somebody without a password, who can only be named until an admin gives them one."""
    email = f"{name.lower().replace(' ', '.')}@{DOMAIN}"
    found: User | None = User.objects.with_email(email).first()
    return found or user_services.create_user(email=email, name=name, role=role, timezone=timezone, actor=None)


def database_clock() -> datetime:
    now: datetime = rows.run("SELECT now()")[0][0]
    return now


def uuid_of(moment: datetime) -> uuid.UUID:
    """A key of that moment, since keys are ordered by time."""
    return uuid7(nanoseconds=int(moment.timestamp() * 1_000_000) * 1000)


def insert(sql: str, new: list[dict[str, Any]], *more: str) -> None:
    rows.run(sql, [*more, orjson.dumps(new).decode()])


def incident_row(incident_id: uuid.UUID, story: Story, people: list[User]) -> dict[str, Any]:
    """The incident as its events leave it."""
    first, last = story.events[0], story.events[-1]
    row: dict[str, Any] = {
        "id": incident_id,
        "description": story.description,
        "metadata": story.metadata,
        "status": Status.OPEN,
        "created_by": people[first.actor].pk,
        "version": len(story.events),
        "created_at": rfc3339(first.at),
        "updated_at": rfc3339(last.at),
    }
    for happening in story.events:
        row |= outcome(happening, people)
    return row


def outcome(happening: Happening, people: list[User]) -> dict[str, Any]:
    """The columns that one event sets."""
    data = happening.data
    match happening.type:
        case EventType.CREATED:
            return data
        case EventType.UPDATED:
            return {name: change["to"] for name, change in data["changes"].items()}
        case EventType.ASSIGNED:
            return {"assignee": people[data["to"]].pk}
        case EventType.STATUS_CHANGED:
            time = "acknowledged_at" if data["to"] == Status.ACK else "resolved_at"
            return {"status": data["to"], time: rfc3339(happening.at)}
        case _:
            return {}


def event_rows(incident_id: uuid.UUID, story: Story, people: list[User]) -> list[dict[str, Any]]:
    return [
        {
            "id": uuid_of(happening.at),
            "incident": incident_id,
            "type": happening.type,
            "actor": people[happening.actor].pk,
            "data": with_ids(happening, people),
            "created_at": rfc3339(happening.at),
            "place": place,
        }
        for place, happening in enumerate(story.events)
    ]


def with_ids(happening: Happening, people: list[User]) -> dict[str, Any]:
    """ASSIGNED names people by their ids."""
    if happening.type != EventType.ASSIGNED:
        return happening.data
    return {end: None if place is None else str(people[place].pk) for end, place in happening.data.items()}
