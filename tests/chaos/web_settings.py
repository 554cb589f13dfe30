"""Of the web processes of a scenario that needs more than kills: the service's own, and hooks around its functions."""

from config.settings import *  # noqa: F403  all of them
from config.settings import MIDDLEWARE as OWN

MIDDLEWARE = ["tests.chaos.hooks.hooks", *OWN]
