"""Secrets that we must be able to read again: in the database, and useless without the key of the environment."""

import base64
import hashlib
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(Exception):
    """Sealed with a key that SEALING_KEYS no longer holds."""


def seal(text: str) -> str:
    return box(keys()).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Raises Unreadable."""
    try:
        return box(keys()).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


def is_sealed(text: str) -> bool:
    """By how each of Fernet's tokens begins: its version, and a time of this century."""
    return text.startswith("gAAAA")


def keys() -> tuple[str, ...]:
    return tuple(settings.SEALING_KEYS) or (settings.SECRET_KEY,)


@lru_cache(maxsize=4)
def box(keys: tuple[str, ...]) -> MultiFernet:
    """The first key seals, every one of them opens: so keys are changed without a moment in which nothing opens."""
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"seal:{key}".encode()).digest())) for key in keys]
    )
