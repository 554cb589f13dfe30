"""The settings of how much is let through, for which settings.py has no room."""

from config import env

# Limits ---------------------------------------------------------------------------------------------------------------
RATE_LIMITS_ENABLED = env.flag("RATE_LIMITS_ENABLED", True)
RATE_LIMIT_MAX_REQUESTS = env.integer("RATE_LIMIT_MAX_REQUESTS", 100)
RATE_LIMIT_WINDOW_SECONDS = env.window_seconds("RATE_LIMIT_WINDOW_MS", 60_000)
RATELIMIT_FAIL_OPEN = True
STREAM_LIMIT = env.integer("STREAM_LIMIT", 2000)
STREAM_CHECK_SECONDS = env.integer("STREAM_CHECK_SECONDS", 20, at_most=30)
IDEMPOTENCY_KEY_EXPIRY_HOURS = env.integer("IDEMPOTENCY_KEY_EXPIRY_HOURS", 24, at_most=24 * 365)
