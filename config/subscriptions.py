"""What happens when: event type -> the reactions that the worker runs, each a function of the event."""

from incidents.reactions import Reaction

SUBSCRIPTIONS: dict[str, list[Reaction]] = {}
