"""One-time links that stand for a person: in a mail they prove that somebody reads it.

A link ends with its first use, since that changes the password; with any other change of the password, with a change
of the address, and with deactivation.
"""

from enum import StrEnum

from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.crypto import constant_time_compare, salted_hmac

from users.models import User


class Purpose(StrEnum):
    RESET = "reset"
    INVITATION = "invitation"


SECONDS = {Purpose.RESET: 3600, Purpose.INVITATION: 3 * 24 * 3600}


def make(user: User, purpose: Purpose) -> str:
    return signing.dumps([str(user.pk), fingerprint(user)], salt=salt(purpose))


def owner(link: str, purpose: Purpose, *, lock: bool = False) -> User | None:
    """The active user whom it stands for, locked if asked so; None when it has ended, or is none."""
    try:
        pk, print_then = signing.loads(link, salt=salt(purpose), max_age=SECONDS[purpose])
        users = User.objects.select_for_update(no_key=True) if lock else User.objects.all()
        user: User | None = users.filter(pk=pk, is_active=True).first()
    except (signing.BadSignature, ValidationError, ValueError, TypeError):
        return None
    return user if user and constant_time_compare(print_then, fingerprint(user)) else None


def fingerprint(user: User) -> str:
    value = f"{user.password}:{user.session_generation}:{user.email}"
    return salted_hmac("users.links", value, algorithm="sha256").hexdigest()[:32]


def salt(purpose: Purpose) -> str:
    return f"users.links.{purpose}"
