"""The settings of a channel, as they are stored: sealed JSON."""

import orjson

from core.sealing import unseal
from notifications.channels import words
from notifications.channels.words import Words
from notifications.outcome import Claimed

USER_AGENT = {"User-Agent": "incidents-notify/1"}
JSON = {"Content-Type": "application/json", **USER_AGENT}


def read(sealed: str) -> dict[str, str]:
    """Raises core.sealing.Unreadable."""
    found: dict[str, str] = orjson.loads(unseal(sealed))
    return found


def opened(claimed: Claimed) -> tuple[dict[str, str], Words]:
    """What a channel of ours works with: its settings, and what it has to say."""
    return read(claimed.secret), words.of(claimed.payload)
