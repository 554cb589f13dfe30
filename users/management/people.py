"""Whom a command is about."""

from django.core.management.base import CommandError

from users.models import User


def named(email: str) -> User:
    """Raises CommandError where nobody has this address."""
    user: User | None = User.objects.with_email(email).first()
    if user is None:
        raise CommandError(f"There is no user with the e-mail address {email}.")
    return user
