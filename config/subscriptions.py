"""What happens when: event type -> the reactions that the worker runs, each a function of the moment after it."""

from incidents.models import DELETED, EventType
from incidents.reactions import Reaction
from notifications import mail_subscribers, subscribers

SUBSCRIPTIONS: dict[str, list[Reaction]] = {
    **{type: [subscribers.tell_endpoints] for type in EventType.values},
    EventType.CREATED: [subscribers.tell_endpoints, mail_subscribers.tell_of_new],
    EventType.ASSIGNED: [subscribers.tell_endpoints, mail_subscribers.tell_assignee],
    EventType.STATUS_CHANGED: [mail_subscribers.call_off_pages, subscribers.tell_endpoints],
    DELETED: [subscribers.cancel_of_deleted, subscribers.tell_endpoints],
}
