"""The settings of how the service is watched, for which settings.py has no room."""

from config import env

RELEASE = env.text("RELEASE", "0.1.0")

# Error reports --------------------------------------------------------------------------------------------------------
SENTRY_DSN = env.service_url("SENTRY_DSN", env.secret("SENTRY_DSN", ""))

# Traces ---------------------------------------------------------------------------------------------------------------
OTEL_EXPORTER_OTLP_ENDPOINT = env.service_url("OTEL_EXPORTER_OTLP_ENDPOINT", env.text("OTEL_EXPORTER_OTLP_ENDPOINT"))
OTEL_EXPORTER_OTLP_HEADERS = env.secret("OTEL_EXPORTER_OTLP_HEADERS", "")
OTEL_SERVICE_NAME = env.text("OTEL_SERVICE_NAME", "incidents")
OTEL_TRACES_SAMPLER_ARG = env.share("OTEL_TRACES_SAMPLER_ARG", 1.0)
IS_TRACED = bool(OTEL_EXPORTER_OTLP_ENDPOINT)

# The dead man's switch ------------------------------------------------------------------------------------------------
DEADMAN_URL = env.service_url("DEADMAN_URL", env.secret("DEADMAN_URL", ""))

# What is not configured is not even imported.
# Begun once in each process that serves or works:
OBSERVERS = ["core.error_reports.begin"] * bool(SENTRY_DSN) + ["core.tracing.begin"] * IS_TRACED
BESIDE_JOBS_TOO = ["core.deadman.Switch"] * bool(DEADMAN_URL)
AROUND_REQUESTS = ["core.tracing.TracingMiddleware"] * IS_TRACED
# The cached detail, answered ahead of Django, by the front for many requests at once; it has no spans.
WEB_GROUP = "" if IS_TRACED else "config.quick_lane.group"
AHEAD_OF_REQUESTS = [] if IS_TRACED else ["incidents.quick_detail.QuickDetailMiddleware"]
AROUND_JOBS = ["core.tracing.around_job"] * IS_TRACED
AROUND_STATEMENTS = ["core.tracing.around_statement"] * IS_TRACED
REDIS_CLIENT_CLASS = "core.tracing.TracedRedis" if IS_TRACED else "core.cache.BreakerRedis"
