"""What follows from an event, as config/subscriptions.py says."""

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from incidents import history
from incidents.history import Moment
from incidents.models import DELETED

logger = logging.getLogger(__name__)

Reaction = Callable[[Moment], None]
conditions: dict[Reaction, str] = {}


def when(condition: str) -> Callable[[Reaction], Reaction]:
    """Marks a reaction that has nothing to do otherwise, so that it costs no job: SQL about the incident `i` as the
    event leaves it, of which it may use id, severity and assignee_id."""

    def mark(reaction: Reaction) -> Reaction:
        conditions[reaction] = condition
        return reaction

    return mark


def condition(event_type: str) -> str:
    """SQL, as above: whether any of the reactions to this type of event may have something to do; empty without any."""
    return " OR ".join(conditions.get(reaction, "TRUE") for reaction in to(event_type))


def to(event_type: str) -> Sequence[Reaction]:
    """The reactions that subscribed to this type of event."""
    return table(settings.SUBSCRIPTIONS).get(event_type, ())


@lru_cache
def table(name: str) -> Mapping[str, Sequence[Reaction]]:
    subscriptions: Mapping[str, Sequence[Reaction]] = import_string(name)
    return subscriptions


def react(event_id: uuid.UUID, event_type: str, again: Callable[[str], None]) -> None:
    """Run them all, in one transaction: a crash leaves all of what they wrote or nothing.

    If one fails nothing is left, and each is run by itself: the others then have written what they write, and `again`
    is told the name of whichever failed, in the same transaction.
    """
    try:
        with transaction.atomic():
            run(event_id, event_type, to(event_type))
    except Exception:
        logger.warning("reactions_failed", exc_info=True, extra={"event_type": event_type})
        run_apart(event_id, event_type, again)


@transaction.atomic
def run_apart(event_id: uuid.UUID, event_type: str, again: Callable[[str], None]) -> None:
    for reaction in to(event_type):
        try:
            with transaction.atomic():
                run(event_id, event_type, [reaction])
        except Exception:
            logger.warning("reaction_failed", exc_info=True, extra={"reaction": name_of(reaction)})
            again(name_of(reaction))


@transaction.atomic
def react_alone(event_id: uuid.UUID, event_type: str, name: str) -> None:
    """One that failed before; none if it has been taken out of the table since."""
    run(event_id, event_type, [reaction for reaction in to(event_type) if name_of(reaction) == name])


def run(event_id: uuid.UUID, event_type: str, reactions: Sequence[Reaction]) -> None:
    """When the incident was deleted meanwhile, its events went with it and there is nothing to react to."""
    moment = history.of_deletion(event_id) if event_type == DELETED else history.moment(event_id)
    if moment is not None:
        for reaction in reactions:
            reaction(moment)


def name_of(reaction: Reaction) -> str:
    return f"{reaction.__module__}.{reaction.__qualname__}"
