"""A test of somebody or something that is told, to see whether it arrives."""

from typing import Any

import orjson
from uuid_utils.compat import uuid7

from core import request_id
from core.clock import now, rfc3339
from notifications import payload
from notifications.models import Delivery, EventName, Kind, Priority
from users.models import User


def mail(person: User, *, actor: User | None) -> Delivery:
    return send(actor=actor, kind=Kind.MAIL, person=person, target=person.email)


def send(*, actor: User | None, **to: Any) -> Delivery:
    """First in line, and tried once: somebody waits for what comes of it."""
    id = uuid7()
    body = {
        "id": payload.event_id(str(id)),
        "type": EventName.PING,
        "timestamp": rfc3339(now()),
        "data": {"message": "This is a test.", "sent_by": actor.name if actor else None},
    }
    delivery: Delivery = Delivery.objects.create(
        id=id,
        key=f"ping:{id}",
        type=EventName.PING,
        payload=orjson.dumps(body).decode(),
        request_id=request_id.current(),
        priority=Priority.PAGE,
        **to,
    )
    return delivery
