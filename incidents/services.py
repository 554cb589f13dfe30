"""Writes: open, edit, comment, delete. Each is one transaction, and tells of itself in the event log."""

import uuid
from typing import Any

import orjson
from django.db import connection, transaction
from uuid_utils.compat import uuid7

from core import request_id
from core.errors import Invalid
from incidents import cache, events, jobs, metrics
from incidents.errors import IncidentNotFound
from incidents.events import Recorded
from incidents.models import DELETED, Deletion, EventType, Incident
from incidents.preconditions import Expected
from incidents.stream import notifier
from users import audit
from users.models import User

OPEN = """
WITH opened AS (
    INSERT INTO incidents_incident (id, title, description, severity, metadata, created_by_id, assignee_id)
    VALUES (%(incident)s, %(title)s, %(description)s, %(severity)s, %(metadata)s, %(author)s, %(assignee)s)
    RETURNING id, number, created_at
),
{queued}
recorded AS (
    INSERT INTO incidents_event (id, incident_id, type, actor_id, data, request_id, created_at)
    SELECT %(event)s::uuid, id, 'CREATED', %(actor)s::uuid, %(data)s::jsonb, %(request)s, created_at FROM opened
)
SELECT number, created_at FROM opened
"""

EDITABLE = ("title", "description", "severity", "metadata")


def open_incident(
    *,
    title: str,
    severity: str,
    actor: User | None,
    description: str = "",
    metadata: dict[str, Any] | None = None,
    created_by: User | None = None,
    assignee: User | None = None,
) -> Incident:
    """One statement for the incident and its CREATED event. `created_by` is the actor unless somebody else is named."""
    incident_id, event_id = uuid7(), uuid7()
    author = created_by or actor
    data = {"title": title, "severity": severity}
    with connection.cursor() as cursor:
        cursor.execute(
            OPEN.format(queued=jobs.queued(EventType.CREATED, "opened")),
            {
                "incident": incident_id,
                "title": title,
                "description": description,
                "severity": severity,
                "metadata": orjson.dumps(metadata or {}).decode(),
                "author": author.pk if author else None,
                "assignee": assignee.pk if assignee else None,
                "event": event_id,
                "actor": actor.pk if actor else None,
                "data": orjson.dumps(data).decode(),
                "request": request_id.current(),
                "carried": request_id.for_job(),
            },
        )
        number, created_at = cursor.fetchone()
    transaction.on_commit(notifier.wake)
    transaction.on_commit(metrics.created.labels(severity).inc)
    return Incident(
        id=incident_id,
        number=number,
        title=title,
        description=description,
        severity=severity,
        metadata=metadata or {},
        created_by=author,
        assignee=assignee,
        version=1,
        created_at=created_at,
        updated_at=created_at,
    )


@transaction.atomic
def edit_incident(
    incident_id: uuid.UUID, *, actor: User | None, expected: Expected | None = None, **changes: Any
) -> bool:
    """Change any of EDITABLE and `assignee` (a user's id or None). False when all of it was so already.

    Other fields give UPDATED, and then the assignee gives ASSIGNED. Raises IncidentNotFound, PreconditionFailed, or
    Invalid naming `assignee`.
    """
    incident = lock(incident_id, expected)
    edited = {
        name: changes[name] for name in EDITABLE if name in changes and differs(changes[name], getattr(incident, name))
    }
    is_reassigned = "assignee" in changes and changes["assignee"] != incident.assignee_id
    assignee = active_user("assignee", changes["assignee"]) if is_reassigned else None
    if edited:
        update(incident, edited, actor=actor)
    if is_reassigned:
        assign(incident, assignee, actor=actor)
    return bool(edited or is_reassigned)


def differs(new: Any, old: Any) -> bool:
    """As JSON, whatever the order of keys: Python takes `true` for 1, and 1.0 as well."""
    return orjson.dumps(new, option=orjson.OPT_SORT_KEYS) != orjson.dumps(old, option=orjson.OPT_SORT_KEYS)


def update(incident: Incident, edited: dict[str, Any], *, actor: User | None) -> None:
    columns = dict(edited)
    if "metadata" in columns:
        columns["metadata"] = orjson.dumps(columns["metadata"]).decode()
    changes = {name: {"from": getattr(incident, name), "to": value} for name, value in edited.items()}
    events.record(incident.pk, EventType.UPDATED, actor=actor, data={"changes": changes}, changes=columns)


def assign(incident: Incident, assignee: User | None, *, actor: User | None) -> None:
    before = str(incident.assignee_id) if incident.assignee_id else None
    after = str(assignee.pk) if assignee else None
    events.record(
        incident.pk,
        EventType.ASSIGNED,
        actor=actor,
        data={"from": before, "to": after},
        changes={"assignee_id": assignee.pk if assignee else None},
    )


def comment(incident_id: uuid.UUID, *, body: str, actor: User | None) -> Recorded:
    """Raises IncidentNotFound. Needs no lock of its own: the statement that raises the version takes the row."""
    recorded = events.record(incident_id, EventType.COMMENTED, actor=actor, data={"body": body})
    if recorded is None:
        raise IncidentNotFound
    return recorded


@transaction.atomic
def delete_incident(incident_id: uuid.UUID, *, actor: User | None, expected: Expected | None = None) -> None:
    """Its events go with it; an entry in the audit log stays. Raises IncidentNotFound or PreconditionFailed."""
    incident = lock(incident_id, expected, for_delete=True)
    cached = cache.current(incident_id)
    audit.record(
        "incident.deleted",
        actor=actor,
        target_type="incident",
        target_id=incident.pk,
        before={"number": incident.number, "title": incident.title},
    )
    tell_of_deletion(incident, actor)
    incident.delete()
    if cached is not None:
        cache.drop_after_commit(incident_id, cached)


def tell_of_deletion(incident: Incident, actor: User | None) -> None:
    deletion = Deletion.objects.create(
        incident_id=incident.id,
        number=incident.number,
        title=incident.title,
        severity=incident.severity,
        status=incident.status,
        version=incident.version + 1,
        actor=actor,
        request_id=request_id.current(),
        opened_at=incident.created_at,
    )
    jobs.defer_reactions(deletion.pk, DELETED, incident.pk)
    transaction.on_commit(notifier.wake)


def lock(incident_id: uuid.UUID, expected: Expected | None, *, for_delete: bool = False) -> Incident:
    rows = Incident.objects.defer("search").select_for_update(no_key=not for_delete)
    incident: Incident | None = rows.filter(pk=incident_id).first()
    if incident is None:
        raise IncidentNotFound
    if expected is not None:
        expected.check(incident.version)
    return incident


def active_user(field: str, user_id: uuid.UUID | None) -> User | None:
    """The person that `field` of a body names; Invalid when there is none, or they are deactivated."""
    if user_id is None:
        return None
    user: User | None = User.objects.active().filter(pk=user_id).first()
    if user is None:
        raise Invalid.field(field, "There is no active user with this id.")
    return user
