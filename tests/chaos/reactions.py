"""What happens when, with a reaction that cannot bear some incidents."""

from config import subscriptions
from incidents.history import Moment
from incidents.reactions import Reaction

POISON = "Poison"


def choke(moment: Moment) -> None:
    if moment.incident["title"] == POISON:
        raise ValueError(POISON)


SUBSCRIPTIONS: dict[str, list[Reaction]] = {
    type: [*reactions, choke] for type, reactions in subscriptions.SUBSCRIPTIONS.items()
}
