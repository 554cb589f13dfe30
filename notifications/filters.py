"""The query string of the list of deliveries: whatever does not fit is named."""

from typing import Any

from rest_framework.request import Request

from core import views
from core.openapi.words import UUID, choice, query
from core.pagination import PARAMETERS as PAGE_PARAMETERS
from incidents.filters import choices
from notifications.models import Delivery, EventName, Kind, State
from notifications.querysets import DeliveryQuerySet

PARAMETERS = PAGE_PARAMETERS | {
    "webhook": query(UUID, "A webhook's id."),
    "incident": query(UUID, "An incident's id, also of one that is gone."),
    "state": query({"type": "array", "items": choice(State.values)}, "Any of these: repeated, or comma-separated."),
    "event": query({"type": "array", "items": choice(EventName.values)}, "Any of these: repeated, or comma-separated."),
}


def apply(request: Request) -> DeliveryQuerySet:
    """The deliveries that are asked for. Raises Invalid."""
    wanted: dict[str, Any] = {}
    for name, field in (("webhook", "endpoint"), ("incident", "incident_id")):
        text = views.single(request, name)
        if text is not None:
            wanted[field] = views.identifier(name, text)
    if "endpoint" in wanted:
        wanted["kind"] = Kind.WEBHOOK
    for name, field, known in (("state", "state", State.values), ("event", "type", EventName.values)):
        words = choices(request, name, known)
        if words:
            # One word as an equality: the index then has them in the order of the list.
            wanted |= {field: words[0]} if len(words) == 1 else {f"{field}__in": words}
    return Delivery.objects.filter(**wanted)
