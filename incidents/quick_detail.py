"""The one read that dashboards and scripts repeat all day, the cached detail by token, in one query and one GET.

It knows the plain case alone, and leaves every other to the view by saying nothing: no refusal is made here.
"""

import re
import uuid
from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, HttpResponse

from core import views
from core.callers import READ, Caller
from incidents import cache
from incidents.cache import Stamp
from users import authentication
from users.models import LEVELS, Role, Scope, User

PATH = re.compile(r"/v1/incidents/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
# A token whose use is yet to be noted takes the long way, where that is done.
FIND = f"""
SELECT u.id, u.role, t.scope, i.version, d.version
FROM {authentication.TOKENS} JOIN incidents_incident i ON i.id = %s CROSS JOIN users_directory d
WHERE {authentication.IS_LIVE} AND {authentication.IS_NOTED}
"""  # noqa: S608  put together from constants


class QuickDetailMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return answer(request) or self.get_response(request)


def answer(request: HttpRequest) -> HttpResponse | None:
    path = PATH.fullmatch(request.path) if is_plain(request) else None
    digest = authentication.digest_in(request.META.get("HTTP_AUTHORIZATION", "")) if path else None
    if path is None or digest is None:
        return None
    incident_id = uuid.UUID(path[1])
    found = find(incident_id, digest)
    if found is None or not found[0].may(READ):
        return None
    caller, stamp = found
    body = cache.get(incident_id, stamp)
    if body is None:
        return None
    request.caller = caller  # type: ignore[attr-defined]  # read by core.callers.of
    return views.json_bytes(body, ETag=stamp.etag, X_Cache="HIT")


def is_plain(request: HttpRequest) -> bool:
    asks_more = request.META.get("QUERY_STRING") or "HTTP_IF_NONE_MATCH" in request.META
    return request.method == "GET" and not asks_more


def find(incident_id: uuid.UUID, digest: bytes) -> tuple[Caller, Stamp] | None:
    with connection.cursor() as cursor:
        cursor.execute(FIND, [incident_id, digest])
        row = cursor.fetchone()
    if row is None:
        return None
    user_id, role, scope, *versions = row
    return Caller(User(id=user_id), LEVELS[Role(role)], LEVELS[Scope(scope)]), Stamp(*versions)
