"""Ids that come as text, from people."""

import uuid


def parsed(text: str) -> uuid.UUID | None:
    """None for what is no id."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
