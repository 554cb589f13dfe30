"""The settings of how much is let through, for which settings.py has no room."""

from config import env

# What one caller may do -----------------------------------------------------------------------------------------------
RATE_LIMITS_ENABLED = env.flag("RATE_LIMITS_ENABLED", True)
# Of each class of calls: how many in a window, the seconds of that, and how many on top of it.
RATE_LIMITS = {
    "writes": (
        env.integer("RATE_LIMIT_MAX_REQUESTS", 100),
        env.window_seconds("RATE_LIMIT_WINDOW_MS", 60_000),
        env.integer("RATE_LIMIT_BURST", 0, at_least=0),
    ),
    "reads": (
        env.integer("RATE_LIMIT_READS", 1200),
        env.window_seconds("RATE_LIMIT_READS_WINDOW_MS", 60_000),
        env.integer("RATE_LIMIT_READS_BURST", 0, at_least=0),
    ),
    "search": (
        env.integer("RATE_LIMIT_SEARCH", 120),
        env.window_seconds("RATE_LIMIT_SEARCH_WINDOW_MS", 60_000),
        env.integer("RATE_LIMIT_SEARCH_BURST", 0, at_least=0),
    ),
    "exports": (
        env.integer("RATE_LIMIT_EXPORTS", 10),
        env.window_seconds("RATE_LIMIT_EXPORTS_WINDOW_MS", 60_000),
        env.integer("RATE_LIMIT_EXPORTS_BURST", 0, at_least=0),
    ),
}
RATELIMIT_USE_CACHE = "limits"
RATE_LIMIT_CALLERS_PER_ADDRESS = env.integer("RATE_LIMIT_CALLERS_PER_ADDRESS", 6, at_least=0, at_most=10_000)

# What one process holds open, and how long answers are kept -----------------------------------------------------------
STREAM_LIMIT = env.integer("STREAM_LIMIT", 2000)
STREAM_CHECK_SECONDS = env.integer("STREAM_CHECK_SECONDS", 20, at_most=30)
IDEMPOTENCY_KEY_EXPIRY_HOURS = env.integer("IDEMPOTENCY_KEY_EXPIRY_HOURS", 24, at_most=24 * 365)
