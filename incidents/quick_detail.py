"""The one read that dashboards and scripts repeat all day: the cached detail, asked for with a token.

It is answered ahead of Django. Whoever asks together is looked up together, in one query and one trip to Redis, which
counts, too: the front does so for the requests that wait at the same moment, and the outermost middleware, where
another front serves, for one alone. This way knows the plain case, and leaves every other to the view by saying
nothing. Refused here is who has spent the budget of reads, and everybody while the database is away.
"""

import logging
import re
import time
import uuid
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse

from core import access_log, client_address, errors, metrics, rate_limits, request_id, security
from core.callers import READ, Caller
from core.errors import DomainError
from core.exception_handler import domain_error
from core.postgres import rows
from core.wsgi_call import Answer, Headers, encoded
from incidents.cache import Stamp
from users import authentication, quotas
from users.models import LEVELS, Role, Scope, User

Environ = dict[str, Any]

ROUTE = "incident-detail"
PREFIX = "/v1/incidents/"
PATH = re.compile(PREFIX + "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ASKED = "incidents.asked"  # in the environ of a request that was looked up, and is on the long way
# A token whose use is yet to be noted takes the long way, where that is done.
FIND = f"""
SELECT asked.number, u.id, u.role, t.scope, u.quotas, t.quotas, t.id, i.version, d.version
FROM unnest(%s::text[], %s::uuid[]) WITH ORDINALITY AS asked(digest, incident, number)
JOIN users_api_token t ON t.digest = decode(asked.digest, 'hex') JOIN users_user u ON u.id = t.user_id
JOIN incidents_incident i ON i.id = asked.incident CROSS JOIN users_directory d
WHERE {authentication.IS_LIVE} AND {authentication.IS_NOTED}
"""  # noqa: S608  put together from constants


class Asking(NamedTuple):
    """One who asks, and what every answer to them carries."""

    place: int
    environ: Environ
    headers: Headers
    digest: str  # in hexadecimal
    incident_id: str


class Known(NamedTuple):
    """Who that is, and what the answer must have been built from."""

    asking: Asking
    caller: Caller
    stamp: Stamp


class QuickDetailMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        was_asked = request.META.get(ASKED) or not is_plain(request.META)
        answer = None if was_asked else answers([request.META])[0]
        if answer is None:
            return self.get_response(request)
        response = HttpResponse(answer.body, status=answer.status)
        for name, value in answer.headers:
            response.headers[name.decode("latin-1")] = value.decode("latin-1")
        return response


def is_plain(environ: Environ) -> bool:
    """True for what the short way may answer: a GET of a detail by token, without query or condition."""
    asks_more = environ.get("QUERY_STRING") or "HTTP_IF_NONE_MATCH" in environ
    by_token = environ["REQUEST_METHOD"] == "GET" and "HTTP_AUTHORIZATION" in environ
    return by_token and not asks_more and PATH.fullmatch(environ["PATH_INFO"]) is not None


def answers(environs: Sequence[Environ]) -> list[Answer | None]:
    """To each of the environs, all of them plain; None sends it the long way.

    Where the database is away, that is the answer: the long way would only wait for it a second time.
    """
    given: list[Answer | None] = [None] * len(environs)
    asking = [each for place, environ in enumerate(environs) if (each := asking_of(place, environ)) is not None]
    try:
        for (asked, caller, stamp), refusal, body in look_up(asking) if asking else []:
            given[asked.place] = told(asked, refusal, caller.user, stamp.etag, body)
    except (DatabaseError, InterfaceError) as error:
        away = domain_error(error)  # which says so in the log, once, before any of them has its id
        for each in asking:
            given[each.place] = told(each, away)
    return given


def asking_of(place: int, environ: Environ) -> Asking | None:
    environ[ASKED] = True
    digest = authentication.digest_in(environ["HTTP_AUTHORIZATION"])
    headers = security.headers_of_json(
        environ.get("HTTP_HOST"), environ["SERVER_NAME"], environ["SERVER_PORT"], client_address.scheme(environ)
    )
    if digest is None or headers is None:
        return None
    return Asking(place, environ, headers, digest.hex(), environ["PATH_INFO"].removeprefix(PREFIX))


def look_up(asking: Sequence[Asking]) -> list[tuple[Known, DomainError | None, bytes]]:
    """Those that can be answered, each with a refusal or with the body."""
    known = current(asking)
    keys = [each.stamp.key(each.asking.incident_id) for each in known]
    counted = rate_limits.spend_reads([(each.asking.environ, each.caller) for each in known], keys)
    return [
        (each, refusal, body or b"")
        for each, (refusal, body) in zip(known, counted, strict=True)
        if refusal is not None or body is not None
    ]


def current(asking: Sequence[Asking]) -> list[Known]:
    """Of those who ask the ones that may read, in the order in which they asked."""
    digests, incidents = ",".join(each.digest for each in asking), ",".join(each.incident_id for each in asking)
    found = sorted(rows.every(FIND, [f"{{{digests}}}", f"{{{incidents}}}"]))
    known = [Known(asking[row[0] - 1], caller_of(*row[1:-2]), Stamp(*row[-2:])) for row in found]
    return [each for each in known if each.caller.may(READ)]


@lru_cache(maxsize=1024)
def caller_of(user_id: uuid.UUID, role: str, scope: str, own: str | None, of_token: str | None, token: Any) -> Caller:
    """Of what the database has just said. To make one costs as much as all else that is done for a request here."""
    return Caller(
        User(id=user_id, quotas=quotas.parsed(own)),
        LEVELS[Role(role)],
        LEVELS[Scope(scope)],
        token_id=token,
        token_quotas=quotas.parsed(of_token),
    )


def told(
    asking: Asking, refusal: DomainError | None, user: User | None = None, etag: str = "", body: bytes = b""
) -> Answer:
    """Under the request's id, which a refusal shows, too. Counted and logged, as all that is answered."""
    environ = asking.environ
    began = environ.pop(metrics.ARRIVED, None) or time.perf_counter()
    name = request_id.accept(environ.get("HTTP_X_REQUEST_ID"))
    request_id.begin(name)
    if refusal is not None:
        status, headers, body = refusal.status, dict(refusal.headers), errors.body(refusal)
    else:
        status, headers = 200, {"ETag": etag, "X-Cache": "HIT"}
        metrics.cache_hits.inc()
    headers |= {"Content-Length": str(len(body)), "X-Request-ID": name, **rate_limits.headers(environ)}
    seconds = time.perf_counter() - began
    metrics.observe(ROUTE, "GET", status, seconds)
    access_log.write(
        logging.INFO,
        method="GET",
        path=environ["PATH_INFO"],
        status=status,
        seconds=seconds,
        user=user,
        address=client_address.of(environ),
        cache=headers.get("X-Cache"),
    )
    return Answer(status, [*asking.headers, *encoded(list(headers.items()))], body)
