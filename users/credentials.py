"""Passwords by mail: invitations, resets, and what a one-time link lets its reader do."""

import uuid

from django.db import transaction
from django.http import HttpRequest

from core import lookups, request_id
from core.errors import Conflict, NotFound
from users import audit, jobs, links, lockout, services
from users.links import Purpose
from users.models import Role, User


class LinkEnded(NotFound):
    message = "This link has ended, or was used. Ask for a new one."


class HasPassword(Conflict):
    def __init__(self) -> None:
        super().__init__("This person has set a password already: a reset is what they need.")


@transaction.atomic
def invite(*, email: str, name: str, actor: User | None, role: str = Role.RESPONDER, timezone: str = "UTC") -> User:
    """Raises EmailTaken."""
    user = services.create_user(email=email, name=name, role=role, timezone=timezone, actor=actor)
    mail_invitation(user, actor=actor)
    return user


@transaction.atomic
def invite_again(user_id: uuid.UUID, *, actor: User | None) -> User:
    """Raises UserNotFound, or HasPassword."""
    user: User = lookups.one(User.objects.active(), user_id, services.UserNotFound)
    if user.has_usable_password():
        raise HasPassword
    mail_invitation(user, actor=actor)
    return user


def mail_invitation(user: User, *, actor: User | None) -> None:
    audit.record("user.invited", actor=actor, target_type="user", target_id=user.pk)
    jobs.send_invitation.defer(user_id=str(user.pk), request_id=request_id.for_job())


@transaction.atomic
def request_reset(request: HttpRequest, email: str) -> None:
    """The worker finds out whether there is such a person, so that the answer takes as long for anybody."""
    lockout.note_failure(request, reset_of(email))
    jobs.send_reset.defer(email=email, request_id=request_id.for_job())


def reset_of(email: str) -> str:
    """What lockout counts requests for mails by: beside the account's failures, with those of the address."""
    return f"reset:{email}"


@transaction.atomic
def set_password(link: str, purpose: Purpose, password: str) -> User:
    """Raises LinkEnded, or Invalid naming `password`. Of two who use one link at once, one does."""
    user = links.owner(link, purpose, lock=True)
    if user is None:
        raise LinkEnded
    return services.edit_user(user.pk, actor=user, password=password)
