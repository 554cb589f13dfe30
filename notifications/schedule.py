"""When a failed attempt is followed by the next."""

import random

from notifications.models import Kind

MINUTE, HOUR = 60, 3600
PAUSES = (
    5,
    30,
    2 * MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    *tuple(hours * HOUR for hours in (1, 2, 4, 8, 16, 24)),
)
MAIL_PAUSES = (15, MINUTE, 3 * MINUTE, 10 * MINUTE)
REFUSED_TRIES = 8  # of one that answers 4xx: a receiver that is badly deployed must not lose anything, within reason
LONGEST_WISH = HOUR


def pause(kind: str, attempts: int, *, status: int | None, wish: float | None) -> float | None:
    """Seconds until the next attempt after `attempts` of them; None when that was the last. `wish` is Retry-After."""
    pauses = MAIL_PAUSES if kind == Kind.MAIL else PAUSES
    is_refused = status is not None and 400 <= status < 500 and status not in (408, 429)
    if attempts > len(pauses) or (is_refused and kind != Kind.MAIL and attempts >= REFUSED_TRIES):
        return None
    jittered = pauses[attempts - 1] * random.uniform(0.8, 1.2)  # noqa: S311  no secret hangs on it
    return max(jittered, min(wish or 0, LONGEST_WISH))
