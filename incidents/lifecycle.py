"""The only module that writes Incident.status."""

import uuid

from django.db import transaction

from incidents import events
from incidents.errors import IncidentNotFound, InvalidStatusTransition
from incidents.models import EventType, Incident, Status
from incidents.preconditions import Expected
from users.models import User

ALLOWED: dict[str, tuple[Status, ...]] = {
    Status.OPEN: (Status.ACK, Status.RESOLVED),
    Status.ACK: (Status.RESOLVED,),
    Status.RESOLVED: (),
}
TIME_OF = {Status.ACK: "acknowledged_at", Status.RESOLVED: "resolved_at"}


@transaction.atomic
def change_status(
    incident_id: uuid.UUID, to: Status, *, actor: User | None, note: str = "", expected: Expected | None = None
) -> bool:
    """False when the incident had that status already. Raises IncidentNotFound, PreconditionFailed or
    InvalidStatusTransition."""
    locked = Incident.objects.select_for_update(no_key=True).filter(pk=incident_id).values_list("status", "version")
    row = locked.first()
    if row is None:
        raise IncidentNotFound
    status, version = row
    if expected is not None:
        expected.check(version)
    if status == to:
        return False
    if to not in ALLOWED[status]:
        raise InvalidStatusTransition(status, to, ALLOWED[status])
    events.record(
        incident_id,
        EventType.STATUS_CHANGED,
        actor=actor,
        data={"from": status, "to": to, "note": note},
        changes={"status": to, TIME_OF[to]: events.NOW},
    )
    return True
