"""The one read that dashboards and scripts repeat all day: the cached detail, asked for with a token.

Whoever asks together is looked up together, in one query and one trip to Redis, which counts, too: the front does so
for the requests that wait at the same moment, the middleware for the one that nobody has looked up. It knows the plain
case alone, and leaves every other to the view by saying nothing. Refused here is who has spent the budget of reads, and
everybody while the database is away.
"""

import re
import uuid
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse

from core import rate_limits, views
from core.callers import READ, Caller
from core.errors import DomainError
from core.exception_handler import domain_error, respond
from incidents.cache import Stamp
from users import authentication, quotas
from users.models import LEVELS, Role, Scope, User

Environ = dict[str, Any]

ROUTE = "incident-detail"
PATH = re.compile(r"/v1/incidents/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
FOUND = "incidents.found"  # in the environ of a request that was looked up
# A token whose use is yet to be noted takes the long way, where that is done.
FIND = f"""
SELECT asked.number, u.id, u.role, t.scope, u.quotas, t.quotas, t.id, i.version, d.version
FROM unnest(%s::bytea[], %s::uuid[]) WITH ORDINALITY AS asked(digest, incident, number)
JOIN users_api_token t ON t.digest = asked.digest JOIN users_user u ON u.id = t.user_id
JOIN incidents_incident i ON i.id = asked.incident CROSS JOIN users_directory d
WHERE {authentication.IS_LIVE} AND {authentication.IS_NOTED}
"""  # noqa: S608  put together from constants


class Question(NamedTuple):
    digest: bytes
    incident_id: uuid.UUID


class Known(NamedTuple):
    """Who asks, and what the answer must have been built from."""

    number: int
    caller: Caller
    stamp: Stamp


class Found(NamedTuple):
    caller: Caller
    stamp: Stamp
    body: bytes


class QuickDetailMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = found_for(request.META)
        if found is None:
            return self.get_response(request)
        request.route = ROUTE  # type: ignore[attr-defined]  # read by core.metrics
        if isinstance(found, DomainError):
            response = respond(request, found)
        else:
            request.caller = found.caller  # type: ignore[attr-defined]  # read by core.callers.of
            response = views.json_bytes(found.body, ETag=found.stamp.etag, X_Cache="HIT")
        rate_limits.tell(request, response)
        return response


def found_for(environ: Environ) -> Found | DomainError | None:
    if FOUND not in environ and is_plain(environ):
        look_up([environ])
    found: Found | DomainError | None = environ.get(FOUND)
    return found


def is_plain(environ: Environ) -> bool:
    """True for what the short way may answer: a GET of a detail by token, without query or condition."""
    asks_more = environ.get("QUERY_STRING") or "HTTP_IF_NONE_MATCH" in environ
    by_token = environ["REQUEST_METHOD"] == "GET" and "HTTP_AUTHORIZATION" in environ
    return by_token and not asks_more and PATH.fullmatch(environ["PATH_INFO"]) is not None


def look_up(environs: Sequence[Environ]) -> None:
    """Put into each environ, all of them plain, what was found for it: None sends it the long way.

    Where the database is away, that is the answer: the long way would only wait for it a second time.
    """
    questions: list[Question] = []
    asking: list[Environ] = []
    for environ in environs:
        environ[FOUND] = None
        digest, path = authentication.digest_in(environ["HTTP_AUTHORIZATION"]), PATH.fullmatch(environ["PATH_INFO"])
        if digest is not None and path is not None:
            questions.append(Question(digest, uuid.UUID(path[1])))
            asking.append(environ)
    try:
        answer(asking, current(questions) if questions else [], questions)
    except (DatabaseError, InterfaceError) as error:
        refused = domain_error(error)
        for environ in asking:
            environ[FOUND] = refused


def answer(asking: Sequence[Environ], known: Sequence[Known], questions: Sequence[Question]) -> None:
    keys = [stamp.key(questions[number].incident_id) for number, _, stamp in known]
    counted = rate_limits.spend_reads([(asking[number], caller) for number, caller, _ in known], keys)
    for (number, caller, stamp), (refusal, body) in zip(known, counted, strict=True):
        if refusal is not None or body is not None:
            asking[number][FOUND] = refusal or Found(caller, stamp, body or b"")


def current(questions: Sequence[Question]) -> list[Known]:
    """Of the questions those whose caller may read, in the order in which they were asked."""
    with connection.cursor() as cursor:
        cursor.execute(FIND, [[asked.digest for asked in questions], [asked.incident_id for asked in questions]])
        rows = cursor.fetchall()
    known = [Known(row[0] - 1, caller_of(*row[1:-2]), Stamp(*row[-2:])) for row in sorted(rows)]
    return [each for each in known if each.caller.may(READ)]


def caller_of(user_id: uuid.UUID, role: str, scope: str, own: str | None, of_token: str | None, token: Any) -> Caller:
    return Caller(
        User(id=user_id, quotas=quotas.parsed(own)),
        LEVELS[Role(role)],
        LEVELS[Scope(scope)],
        token_id=token,
        token_quotas=quotas.parsed(of_token),
    )
