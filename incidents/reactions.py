"""What follows from an event, as config/subscriptions.py says."""

import uuid
from collections.abc import Callable, Mapping, Sequence

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from incidents.models import IncidentEvent

Reaction = Callable[[IncidentEvent], None]


def to(event_type: str) -> Sequence[Reaction]:
    """The reactions that subscribed to this type of event."""
    table: Mapping[str, Sequence[Reaction]] = import_string(settings.SUBSCRIPTIONS)
    return table.get(event_type, ())


@transaction.atomic
def react(event_id: uuid.UUID) -> None:
    """Run them all, in one transaction: a crash leaves all of what they wrote or nothing.

    When the incident was deleted meanwhile, its events went with it and there is nothing to react to.
    """
    event = IncidentEvent.objects.select_related("incident").filter(pk=event_id).first()
    if event is None:
        return
    for reaction in to(event.type):
        reaction(event)
