"""The release after this one: it brings a migration of the busiest table."""

from config.settings import *  # noqa: F403  all of them
from config.settings import INSTALLED_APPS as OURS

INSTALLED_APPS = [*OURS, "tests.chaos.next_release"]
