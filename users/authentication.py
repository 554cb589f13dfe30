"""Finds out who calls, once, before anything else runs, and whether that caller may do what the route asks."""

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from rest_framework.authentication import BaseAuthentication, CSRFCheck

from core import callers, idempotency, views
from core.callers import Access, Caller
from core.errors import DomainError, MethodNotAllowed, NotAuthenticated, PermissionDenied
from core.exception_handler import is_api, respond
from core.postgres import rows
from users import quotas, second_factors, tokens
from users.models import LEVELS, ApiToken, Role, Scope, User

logger = logging.getLogger(__name__)

USER_COLUMNS = ("id", "email", "name", "role", "timezone", "is_active", "quotas")
TOKENS = "users_api_token t JOIN users_user u ON u.id = t.user_id"
IS_LIVE = "t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now()) AND u.is_active"
IS_NOTED = "coalesce(t.last_used_at >= date_trunc('minute', now()), false)"
OF_USER = ", ".join(f"u.{column}" for column in USER_COLUMNS)
TOKEN_COLUMNS = f"t.id, t.scope, t.expires_at, {IS_NOTED}, t.quotas, {OF_USER}"
FIND_TOKEN = f"SELECT {TOKEN_COLUMNS} FROM {TOKENS} WHERE t.digest = %s AND {IS_LIVE}"  # noqa: S608  put together from constants
# The answer that a retry will ask for comes along: a trip to the database costs more than the row.
FIND_TOKEN_AND_ANSWER = f"""
SELECT k.fingerprint, k.response, k.location, {TOKEN_COLUMNS}
FROM {TOKENS} LEFT JOIN core_idempotency_key k ON k.principal = u.id::text AND k.key = %s AND k.expires_at > now()
WHERE t.digest = %s AND {IS_LIVE}
"""  # noqa: S608  as above
# SKIP LOCKED: of the callers who come in the first moment of a minute one notes it, and nobody waits.
NOTE_USE = """
UPDATE users_api_token SET last_used_at = date_trunc('minute', now()) WHERE id =
(SELECT id FROM users_api_token WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED)
"""

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class CallerAuthentication(BaseAuthentication):
    """DRF's door: hands over the user that the middleware found."""

    def authenticate(self, request: Any) -> tuple[Any, None] | None:
        caller = callers.of(request._request)
        return (caller.user, None) if caller else None


class AuthenticationMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_api(request.path):
            try:
                request.caller = identify(request)  # type: ignore[attr-defined]  # read by core.callers.of
            except DomainError as error:
                return respond(request, error)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not is_api(request.path):
            return None
        try:
            return admit(request, view, kwargs)
        except DomainError as error:
            return respond(request, error)


def identify(request: HttpRequest) -> Caller | None:
    """The token's owner; without an Authorization header the session's user; then the open service's anybody."""
    header = request.META.get("HTTP_AUTHORIZATION")
    if header is not None:
        return bearer(header, request)
    if request.COOKIES.get(settings.SESSION_COOKIE_NAME):
        caller = session_user(request)
        if caller is not None:
            return caller
    if settings.API_ANONYMOUS_ROLE:
        level = LEVELS[Role(settings.API_ANONYMOUS_ROLE)]
        return Caller(None, level, level)
    return None


def session_user(request: HttpRequest) -> Caller | None:
    """None for a session that nobody has logged in to. One that has ended is refused once, and its cookie taken back:
    whoever was sent away must not go on as anybody."""
    session = request.session
    is_ended = SESSION_KEY in session or session.is_empty()  # in this order: the first loads it
    if request.user.is_authenticated:
        if second_factors.is_missing(request.user):
            raise NotAuthenticated("Your role needs a second factor. Set one up in the web UI first.")
        return Caller(request.user, request.user.level, callers.Level.ADMIN, is_session=True)
    if is_ended:
        session.flush()
        raise NotAuthenticated
    return None


def bearer(header: str, request: HttpRequest) -> Caller:
    digest = digest_in(header)
    if digest is None:
        raise NotAuthenticated
    key = idempotency.key_to_look_up(request)
    row = rows.one(FIND_TOKEN, [digest]) if key is None else rows.one(FIND_TOKEN_AND_ANSWER, [key, digest])
    if row is None:
        raise NotAuthenticated
    if key is not None:
        answer, row = row[:3], row[3:]
        idempotency.know(request, answer if answer[0] else None)
    token_id, scope, expires_at, is_noted, token_quotas, *values, user_quotas = row
    if not is_noted:
        note_use(token_id)
    user = User.from_db("default", USER_COLUMNS, [*values, quotas.parsed(user_quotas)])
    return Caller(
        user,
        user.level,
        LEVELS[Scope(scope)],
        token_expires_at=expires_at,
        token_id=token_id,
        token_quotas=quotas.parsed(token_quotas),
    )


def digest_in(header: str) -> bytes | None:
    """Under which the token of an Authorization header is stored; None when the header holds none."""
    scheme, _, secret = header.partition(" ")
    secret = secret.strip()
    is_token = scheme.lower() == "bearer" and tokens.WELL_FORMED.fullmatch(secret)
    return ApiToken.digest_of(secret) if is_token else None


def note_use(token_id: Any) -> None:
    """A database that cannot write just now (a full disk, say) must not stop the reads."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(NOTE_USE, [token_id])
    except DatabaseError as error:
        logger.warning("token_use_not_noted", extra={"error": type(error.__cause__).__name__})


def admit(request: HttpRequest, view: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
    """Raise the refusal that the contract puts first; answer OPTIONS here, since it needs nobody's leave."""
    method = request.method or ""
    methods = methods_of(view)
    if method == "OPTIONS":
        response = views.no_content()
        response.headers["Allow"] = ", ".join(sorted(methods))
        return response
    if method not in methods:
        raise MethodNotAllowed(method, sorted(methods))
    access = access_of(view, method)
    if access is callers.OPEN:
        return None
    caller = callers.of(request)
    if caller is None or (access.person and caller.user is None):
        raise NotAuthenticated
    if caller.is_session and method not in SAFE:
        refuse_forged(request)
    if not caller.may(access, kwargs.get("pk")):
        raise PermissionDenied
    return None


def methods_of(view: Any) -> set[str]:
    if hasattr(view, "actions"):
        names = set(view.actions)
    else:
        names = {name for name in view.view_class.http_method_names if hasattr(view.view_class, name)}
    if has_no_head(view):
        names.discard("head")
    elif "get" in names:
        names.add("head")  # DRF adds it too, but only once the view has run for the first time
    return {name.upper() for name in names} | {"OPTIONS"}


def has_no_head(view: Any) -> bool:
    return bool(getattr(getattr(view, "cls", None), "has_no_head", False))


def access_of(view: Any, method: str) -> Access | None:
    """What the action asks of its caller. A viewset that forgot to say so fails here, before it runs."""
    if not hasattr(view, "actions"):
        access: Access | None = view.view_class.access
        return access
    table: dict[str, Access | None] = view.cls.access
    return table[view.actions["get" if method == "HEAD" else method.lower()]]


def refuse_forged(request: HttpRequest) -> None:
    check = CSRFCheck(unused)
    check.process_request(request)
    if check.process_view(request, unused, (), {}):
        raise PermissionDenied("The CSRF token is missing or wrong.")


def unused(request: HttpRequest) -> HttpResponse:
    """The check wants a view to call next; it is asked only whether it would."""
    return HttpResponse()
