"""When a failed attempt is followed by the next."""

import random

from notifications.models import Kind

MINUTE, HOUR = 60, 3600
PAUSES = (
    *(5, 30, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE),
    *(HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, 24 * HOUR),
)
MAIL_PAUSES = (15, MINUTE, 3 * MINUTE, 10 * MINUTE)
LONGEST_WISH = HOUR


def pause(kind: str, attempts: int, *, wish: float | None) -> float | None:
    """Seconds until the next attempt after `attempts` of them; None when that was the last. `wish` is Retry-After."""
    pauses = MAIL_PAUSES if kind == Kind.MAIL else PAUSES
    if attempts > len(pauses):
        return None
    jittered = pauses[attempts - 1] * random.uniform(0.8, 1.2)  # noqa: S311  no secret hangs on it
    return max(jittered, min(wish or 0, LONGEST_WISH))
