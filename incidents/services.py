"""Writes: open, edit, comment, delete. Each is one transaction, and tells of itself in the event log."""

import uuid
from datetime import datetime
from typing import Any, NamedTuple, cast

import orjson
from django.db import transaction
from uuid_utils.compat import uuid7

from core import key_claims, lookups, request_id
from core.errors import Invalid
from core.key_claims import CLAIM, Claim
from core.postgres import rows
from incidents import cache, events, jobs, metrics
from incidents.errors import IncidentNotFound
from incidents.events import Recorded
from incidents.models import DELETED, Deletion, EventType, Incident
from incidents.preconditions import Expected
from incidents.representation import INCIDENT, ITS_PEOPLE
from incidents.stream import notifier
from users import audit
from users.models import User

# Nothing is read back: what the API answers is made of what goes in, so that it can be stored under the request's key.
OPEN = f"""
WITH i AS (
    SELECT %(incident)s::uuid AS id, nextval('incidents_number') AS number, %(title)s::text AS title,
           %(description)s::text AS description, %(severity)s::text AS severity, 'OPEN' AS status,
           %(metadata)s::jsonb AS metadata, 1 AS version, %(author)s::uuid AS created_by_id,
           %(assignee)s::uuid AS assignee_id, statement_timestamp() AS created_at, statement_timestamp() AS updated_at,
           NULL::timestamptz AS acknowledged_at, NULL::timestamptz AS resolved_at
),
answer AS (
    SELECT row_to_json(shown)::text AS body, '/v1/incidents/' || shown.id AS location
    FROM i {ITS_PEOPLE}, LATERAL (SELECT {INCIDENT}) AS shown
),
{{claimed}}
opened AS (
    INSERT INTO incidents_incident
        (id, number, title, description, severity, metadata, created_by_id, assignee_id, created_at, updated_at)
    SELECT id, number, title, description, severity, metadata, created_by_id, assignee_id, created_at, updated_at
    FROM i {{if_claimed}} RETURNING id, number, created_at, severity, assignee_id
),
{{queued}}
recorded AS (
    INSERT INTO incidents_event (id, incident_id, type, actor_id, data, request_id, created_at)
    SELECT %(event)s::uuid, id, 'CREATED', %(actor)s::uuid, %(data)s::jsonb, %(request)s, created_at FROM opened
)
SELECT opened.number, opened.created_at, answer.body FROM opened, answer
"""  # noqa: S608  put together from constants
WITH_KEY = {
    "claimed": f"claimed AS ({CLAIM.format(answer='body, location FROM answer')}),",
    "if_claimed": "WHERE EXISTS (SELECT FROM claimed)",
}
WITHOUT_KEY = {"claimed": "", "if_claimed": ""}

EDITABLE = ("title", "description", "severity", "metadata")


class Opened(NamedTuple):
    id: uuid.UUID
    number: int
    created_at: datetime
    body: str  # as the API shows it


def open_incident(*, title: str, severity: str, actor: User | None, **more: Any) -> Incident:
    """As `open_and_show`, for those who want the incident itself."""
    new = open_and_show(title=title, severity=severity, actor=actor, **more)
    return Incident(
        id=new.id,
        number=new.number,
        title=title,
        description=more.get("description", ""),
        severity=severity,
        metadata=more.get("metadata") or {},
        created_by=more.get("created_by") or actor,
        assignee=more.get("assignee"),
        version=1,
        created_at=new.created_at,
        updated_at=new.created_at,
    )


def open_and_show(
    *,
    title: str,
    severity: str,
    actor: User | None,
    description: str = "",
    metadata: dict[str, Any] | None = None,
    created_by: User | None = None,
    assignee: User | None = None,
    claim: Claim | None = None,
) -> Opened:
    """One statement for the incident, its CREATED event and, with a `claim`, the key of the request and its answer.
    `created_by` is the actor unless somebody else is named. Raises KeyInUse when somebody else has the key."""
    incident_id, event_id = uuid7(), uuid7()
    author = created_by or actor
    statement = OPEN.format(
        queued=jobs.queued(EventType.CREATED, "opened"), **(WITHOUT_KEY if claim is None else WITH_KEY)
    )
    values = {
        "incident": incident_id,
        "title": title,
        "description": description,
        "severity": severity,
        "metadata": orjson.dumps(metadata or {}).decode(),
        "author": author.pk if author else None,
        "assignee": assignee.pk if assignee else None,
        "event": event_id,
        "actor": actor.pk if actor else None,
        "data": orjson.dumps({"title": title, "severity": severity}).decode(),
        "request": request_id.current(),
        "carried": request_id.for_job(),
    }
    row = rows.one(statement, values) if claim is None else key_claims.write(claim, statement, values)
    transaction.on_commit(notifier.wake)
    transaction.on_commit(metrics.created.labels(severity).inc)
    return Opened(incident_id, *cast(rows.Row, row))


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
    incident: Incident = lookups.one(rows, incident_id, IncidentNotFound)
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
