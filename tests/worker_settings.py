"""Settings of the workers that tests start: the service's own, with jobs and reactions to try them on."""

from config.settings import *  # noqa: F403  all of them
from config.settings import INSTALLED_APPS as OURS

INSTALLED_APPS = [*OURS, "tests.worker_app"]
SUBSCRIPTIONS = "tests.worker_app.reactions.SUBSCRIPTIONS"
