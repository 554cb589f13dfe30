"""Changes of people: who they are, what they may do, whether they may still come in."""

import uuid
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from core import lookups
from core.errors import Conflict, Invalid, NotFound
from users import audit, sessions, tokens
from users.models import Role, Theme, User

SHOWN = ("email", "name", "role", "timezone", "is_active")


class UserNotFound(NotFound):
    code = "USER_NOT_FOUND"
    message = "There is no such user."


class EmailTaken(Conflict):
    def __init__(self) -> None:
        super().__init__("This e-mail address is taken.", {"email": ["Another user has this e-mail address."]})


class LastAdmin(Conflict):
    def __init__(self, field: str) -> None:
        super().__init__(
            "This is the last active administrator.", {field: ["Make somebody else an administrator first."]}
        )


@transaction.atomic
def create_user(
    *,
    email: str,
    name: str,
    actor: User | None,
    role: str = Role.RESPONDER,
    timezone: str = "UTC",
    password: str | None = None,
) -> User:
    """Raises EmailTaken, or Invalid naming `password`. Without a password the person cannot log in yet."""
    user = User(email=email, name=name, role=role, timezone=timezone)
    set_password(user, password)
    save_unless_taken(user)
    audit.record("user.created", actor=actor, target_type="user", target_id=user.pk, after=shown(user))
    user.refresh_from_db(fields=["created_at", "updated_at"])
    return user


@transaction.atomic
def add_absent(user_id: uuid.UUID, *, email: str, name: str) -> User:
    """Somebody whom imported history names: they cannot log in until an administrator makes them active. They keep
    their id, unless it is somebody else's here. Raises EmailTaken."""
    user = User(email=email, name=name, role=Role.VIEWER, is_active=False)
    if not User.objects.filter(pk=user_id).exists():
        user.pk = user_id
    set_password(user, None)
    save_unless_taken(user)
    audit.record("user.created", actor=None, target_type="user", target_id=user.pk, after=shown(user))
    return user


@transaction.atomic
def edit_user(user_id: uuid.UUID, *, actor: User | None, **changes: Any) -> User:
    """Raises UserNotFound, EmailTaken, LastAdmin, or Invalid. A password change or a deactivation ends sessions."""
    lock_admins_if_one_may_go(changes)
    user: User = lookups.one(User.objects.select_for_update(no_key=True), user_id, UserNotFound)
    before, has_password = shown(user), "password" in changes
    password = changes.pop("password", None)
    for field, value in changes.items():
        setattr(user, field, value)
    if has_password:
        set_password(user, password)  # after the rest: it must not resemble the new name
    if before == shown(user) and not has_password:
        return user
    refuse_to_lose_the_last_admin(user, before)
    is_sent_away = before["is_active"] and not user.is_active
    user.session_generation += is_sent_away
    save_unless_taken(user, fields=[*SHOWN, "password", "session_generation"])
    record_edit(user, before, has_password=has_password, actor=actor)
    if has_password or is_sent_away:
        sessions.end_all(user)
    if is_sent_away:
        tokens.revoke_all(user, actor=actor)
    user.refresh_from_db(fields=["updated_at"])
    return user


def set_theme(user: User, theme: Theme) -> None:
    """A taste, and no entry in the audit log."""
    User.objects.filter(pk=user.pk).update(theme=theme)


def record_edit(user: User, before: dict[str, Any], *, has_password: bool, actor: User | None) -> None:
    """Of the fields, those that have changed; of the password, that it has."""
    after = shown(user)
    changed = [field for field in SHOWN if before[field] != after[field]]
    audit.record(
        "user.updated",
        actor=actor,
        target_type="user",
        target_id=user.pk,
        before={field: before[field] for field in changed},
        after={field: after[field] for field in changed} | ({"password": "changed"} if has_password else {}),
    )


def shown(user: User) -> dict[str, Any]:
    return {field: getattr(user, field) for field in SHOWN}


def set_password(user: User, password: str | None) -> None:
    if password is None:
        user.set_unusable_password()
        return
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(details={"password": list(error.messages)}) from None
    user.set_password(password)


def save_unless_taken(user: User, fields: list[str] | None = None) -> None:
    """Ends the transaction of the service around it, which is a savepoint where there is one outside of that."""
    try:
        if fields is None:
            user.save(force_insert=True)
        else:
            user.updated_at = Now()
            user.save(update_fields=[*fields, "updated_at"])
    except IntegrityError as error:
        if "user_email_any_case" in str(error):
            raise EmailTaken from None
        raise


def lock_admins_if_one_may_go(changes: dict[str, Any]) -> None:
    """Two admins who demote each other must meet here: both lock all admins, in one order, and then look."""
    if changes.get("role", Role.ADMIN) != Role.ADMIN or changes.get("is_active") is False:
        admins = User.objects.active_admins().order_by("pk")
        list(admins.select_for_update(no_key=True).values_list("pk"))


def refuse_to_lose_the_last_admin(user: User, before: dict[str, Any]) -> None:
    was_admin = before["is_active"] and before["role"] == Role.ADMIN
    if not was_admin or user.is_staff:
        return
    if not User.objects.active_admins().exclude(pk=user.pk).exists():
        raise LastAdmin("is_active" if not user.is_active else "role")


@transaction.atomic
def restore_admin(*, email: str, name: str, password: str) -> User:
    """The way back in: make this person an active administrator with this password, whatever they were before."""
    user = User.objects.with_email(email).first()
    if user is None:
        return create_user(email=email, name=name, role=Role.ADMIN, password=password, actor=None)
    return edit_user(user.pk, actor=None, role=Role.ADMIN, is_active=True, password=password)
