"""The sessions of a person's browsers: listed, ended, and kept by whoever changes their own password."""

from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth import update_session_auth_hash
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from core import clock, lookups
from core.errors import NotFound
from users import audit
from users.models import User

MOST_SHOWN = 100


class SessionNotFound(NotFound):
    message = "There is no such session: it may have ended already."


def of(user: User) -> "QuerySet[Any]":
    """Those that still open something, newest first."""
    live = Session.objects.filter(expire_date__gt=clock.now())
    rows: QuerySet[Any] = UserSession.objects.filter(user=user, session_key__in=live.values("session_key"))
    return rows.order_by("-created_at", "-pk")


@transaction.atomic
def end(user: User, session_id: int) -> None:
    """Raises SessionNotFound, also for somebody else's."""
    session = lookups.one(of(user), session_id, SessionNotFound)
    forget(UserSession.objects.filter(pk=session.pk))
    record(user, 1)


@transaction.atomic
def end_others(user: User, session_key: str | None) -> int:
    """All but the one with this key."""
    others = of(user).exclude(session_key=session_key)
    ended = len(others)
    forget(UserSession.objects.filter(user=user).exclude(session_key=session_key))
    if ended:
        record(user, ended)
    return ended


def end_all(user: User) -> None:
    """Part of a change that has an entry of its own."""
    Session.objects.filter(session_key__in=UserSession.objects.filter(user=user).values("session_key")).delete()


def forget(rows: "QuerySet[Any]") -> None:
    keys = list(rows.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()


def record(user: User, ended: int) -> None:
    """By their owner; the key of a session is a secret."""
    audit.record("session.ended", actor=user, target_type="user", target_id=user.pk, after={"sessions": ended})


def keep(request: HttpRequest, user: User) -> None:
    """Let this browser stay logged in though its owner's password has changed, under a new key."""
    before = request.session.session_key
    update_session_auth_hash(request, user)
    UserSession.objects.filter(session_key=before).update(session_key=request.session.session_key)


def forget_old() -> int:
    deleted: int = Session.objects.filter(expire_date__lt=clock.now()).delete()[0]
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    return deleted
