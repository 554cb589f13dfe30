"""What happens when: event type -> the reactions that the worker runs, each a function of the moment after it."""

from incidents.models import DELETED, EventType
from incidents.reactions import Reaction
from notifications import subscribers

SUBSCRIPTIONS: dict[str, list[Reaction]] = {
    **{type: [subscribers.tell_endpoints] for type in EventType.values},
    DELETED: [subscribers.cancel_of_deleted, subscribers.tell_endpoints],
}
