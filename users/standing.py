"""Whether callers who came in a while ago, and have not left, would still be let in."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.db.models import Q
from django.db.models.functions import Now
from django.http import HttpRequest

from core import callers
from users import second_factors
from users.models import ApiToken, User


@dataclass(frozen=True, slots=True)
class Token:
    id: Any


@dataclass(frozen=True, slots=True)
class Session:
    key: str
    user_id: Any
    hash: str  # of what it was signed with; another password is another one


Credential = Token | Session


def credential_of(request: HttpRequest) -> Credential | None:
    """What the caller came with; None for an anonymous one, who cannot be sent away."""
    caller = callers.of(request)
    if caller is None or caller.user is None:
        return None
    if caller.is_session:
        return Session(request.session.session_key or "", caller.user.pk, request.session.get(HASH_SESSION_KEY, ""))
    return Token(caller.token_id)


def lost(credentials: Iterable[Credential]) -> set[Credential]:
    """Those that would be refused by now. At most four queries, however many there are."""
    tokens = {each for each in credentials if isinstance(each, Token)}
    sessions = {each for each in credentials if isinstance(each, Session)}
    return (tokens - standing_tokens(tokens)) | (sessions - standing_sessions(sessions))


def standing_tokens(tokens: set[Token]) -> set[Token]:
    if not tokens:
        return set()
    unexpired = Q(expires_at=None) | Q(expires_at__gt=Now())
    rows = ApiToken.objects.live().filter(unexpired, user__is_active=True, pk__in=[token.id for token in tokens])
    return {Token(pk) for pk in rows.values_list("pk", flat=True)}


def standing_sessions(sessions: set[Session]) -> set[Session]:
    if not sessions:
        return set()
    store = import_module(settings.SESSION_ENGINE).SessionStore
    rows = store.get_model_class().objects.filter(
        session_key__in=[session.key for session in sessions], expire_date__gt=Now()
    )
    keys = set(rows.values_list("session_key", flat=True))
    people = list(User.objects.active().filter(pk__in={session.user_id for session in sessions}))
    lacking = second_factors.lacking(people)
    hashes = {user.pk: user.get_session_auth_hash() for user in people if user.pk not in lacking}
    return {each for each in sessions if each.key in keys and hashes.get(each.user_id) == each.hash}
