"""What an event left: the incident as it stood just after it, whatever has changed since."""

import uuid
from dataclasses import dataclass
from typing import Any

from core.clock import rfc3339
from core.postgres import rows
from incidents import representation
from incidents.models import DELETED, Deletion
from incidents.representation import EVENT, EVENTS, INCIDENT, ITS_PEOPLE
from users.models import User


@dataclass(frozen=True, slots=True)
class Moment:
    """An event and its incident as the API shows them. Of a deletion the incident's title, number, severity, status
    and version are left."""

    event: dict[str, Any]
    incident: dict[str, Any]

    @property
    def type(self) -> str:
        return str(self.event["type"])

    @property
    def incident_id(self) -> uuid.UUID:
        return uuid.UUID(str(self.incident["id"]))


# With what came later in one statement: a change between two would be undone without having been seen.
MOMENT = f"""
SELECT (SELECT row_to_json(shown) FROM (SELECT {EVENT}) AS shown),
       (SELECT row_to_json(shown) FROM (SELECT {INCIDENT}) AS shown),
       array_to_json(ARRAY(
           SELECT json_build_object('type', later.type, 'data', later.data) FROM incidents_event later
           WHERE later.incident_id = i.id AND later.sequence > e.sequence ORDER BY later.sequence DESC))
FROM {EVENTS} JOIN incidents_incident i ON i.id = e.incident_id {ITS_PEOPLE}
WHERE e.id = %s
"""  # noqa: S608  put together from constants


def moment(event_id: uuid.UUID) -> Moment | None:
    """None when the incident has gone since, and its events with it."""
    found = rows.one(MOMENT, [event_id])
    if found is None:
        return None
    event, incident, later = found
    return Moment(event, as_of(incident, later) | {"updated_at": event["created_at"]})


def of_deletion(deletion_id: uuid.UUID) -> Moment | None:
    gone = Deletion.objects.select_related("actor").filter(pk=deletion_id).first()
    if gone is None:
        return None
    actor = gone.actor
    event = {
        "id": gone.pk,
        "sequence": gone.sequence,
        "type": DELETED,
        "actor": representation.person(actor.pk, actor.name, actor.email) if actor else None,
        "data": {"number": gone.number, "title": gone.title},
        "request_id": gone.request_id,
        "created_at": rfc3339(gone.created_at),
    }
    fields = ("number", "title", "severity", "status", "version")
    return Moment(event, {"id": gone.incident_id, **{name: getattr(gone, name) for name in fields}})


def as_of(incident: dict[str, Any], later: list[dict[str, Any]]) -> dict[str, Any]:
    """Undoes what came later, the latest first: each event tells what was before it."""
    for event in later:
        incident |= {"version": incident["version"] - 1, **before(event["type"], event["data"])}
    return incident


def before(type: str, data: dict[str, Any]) -> dict[str, Any]:
    if type == "UPDATED":
        return {name: change["from"] for name, change in data["changes"].items()}
    if type == "ASSIGNED":
        return {"assignee": person(data["from"])}
    if type == "STATUS_CHANGED":
        return {"status": data["from"], ("acknowledged_at" if data["to"] == "ACK" else "resolved_at"): None}
    return {}


def person(user_id: str | None) -> dict[str, Any] | None:
    row = User.objects.filter(pk=user_id).values_list("id", "name", "email").first() if user_id else None
    return representation.person(*row) if row else None
