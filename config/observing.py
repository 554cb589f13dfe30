"""The settings of how the service is watched, for which settings.py has no room."""

from config import env

RELEASE = env.text("RELEASE", "0.1.0")

# Error reports --------------------------------------------------------------------------------------------------------
SENTRY_DSN = env.service_url("SENTRY_DSN", env.secret("SENTRY_DSN", ""))

# The dead man's switch ------------------------------------------------------------------------------------------------
DEADMAN_URL = env.service_url("DEADMAN_URL", env.secret("DEADMAN_URL", ""))

# What is not configured is not even imported.
OBSERVERS = ["core.error_reports.begin"] if SENTRY_DSN else []  # begun once in each process that serves or works
BESIDE_JOBS_TOO = ["core.deadman.Switch"] if DEADMAN_URL else []  # in each worker
