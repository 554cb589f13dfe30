"""What follows from an event, as config/subscriptions.py says."""

import uuid
from collections.abc import Callable, Mapping, Sequence

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from incidents import history
from incidents.history import Moment
from incidents.models import DELETED

Reaction = Callable[[Moment], None]


def to(event_type: str) -> Sequence[Reaction]:
    """The reactions that subscribed to this type of event."""
    table: Mapping[str, Sequence[Reaction]] = import_string(settings.SUBSCRIPTIONS)
    return table.get(event_type, ())


@transaction.atomic
def react(event_id: uuid.UUID, event_type: str) -> None:
    """Run them all, in one transaction: a crash leaves all of what they wrote or nothing.

    When the incident was deleted meanwhile, its events went with it and there is nothing to react to.
    """
    moment = history.of_deletion(event_id) if event_type == DELETED else history.moment(event_id)
    if moment is not None:
        for reaction in to(event_type):
            reaction(moment)
