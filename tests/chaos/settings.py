"""Of the workers of a scenario: the service's own, and a reaction that fails for some incidents."""

from config.settings import *  # noqa: F403  all of them

SUBSCRIPTIONS = "tests.chaos.reactions.SUBSCRIPTIONS"
