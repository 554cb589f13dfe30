"""A test of somebody or something that is told, to see whether it arrives."""

from typing import Any

from core import request_id
from notifications import payload
from notifications.models import Delivery, EventName, Priority
from users.models import User


def send(*, actor: User | None, **to: Any) -> Delivery:
    """First in line, and tried once: somebody waits for what comes of it."""
    data = {"message": "This is a test.", "sent_by": actor.name if actor else None}
    delivery = payload.apart(EventName.PING, data, request_id=request_id.current(), priority=Priority.PAGE, **to)
    delivery.save(force_insert=True)
    return delivery
