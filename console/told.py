"""What was told to whom, in words."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString

from console.templatetags.deliveries import EVENT_WORDS, delivery_state
from notifications.models import Delivery, Happening, Kind

MOST = 20
HAPPENED: dict[str, str] = {
    Happening.REDELIVERED: "To be sent again",
    Happening.CANCELLED: "Cancelled",
    Happening.SKIPPED: "Skipped",
    Happening.PARKED: "Parked: its target was switched off",
    Happening.RELEASED: "Released: its target is on again",
    Happening.FOLDED: "Told together with others",
    Happening.BOUNCED: "Did not arrive",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One telling as everybody may see it: names, and neither addresses nor what was answered."""

    id: uuid.UUID
    who: str
    what: str
    state: SafeString
    attempts: int
    moment: datetime  # when it was over, or began


def of_incident(incident_id: uuid.UUID) -> tuple[list[Told], bool]:
    """The newest MOST, and whether there are more."""
    found = list(Delivery.objects.for_page().filter(incident_id=incident_id).order_by("-id")[: MOST + 1])
    return [told(delivery) for delivery in found[:MOST]], len(found) > MOST


def told(delivery: Delivery) -> Told:
    return Told(
        id=delivery.pk,
        who=who(delivery),
        what=EVENT_WORDS.get(delivery.type, delivery.type),
        state=delivery_state(delivery),
        attempts=delivery.attempts,
        moment=delivery.finished_at or delivery.created_at,
    )


def who(delivery: Delivery) -> str:
    """Without an address, which may hold a secret of the receiver's."""
    if delivery.person is not None:
        return delivery.person.name
    kind = Kind(delivery.kind).label
    described = delivery.endpoint.description if delivery.endpoint else ""
    return f"{described} ({kind})" if described else kind
