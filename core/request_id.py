"""The id of a request: taken from the client when it is well formed, made here otherwise, carried everywhere."""

import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

WELL_FORMED = re.compile(r"[A-Za-z0-9._:-]{1,128}", re.ASCII)

_current: ContextVar[str] = ContextVar("request_id", default="")


def nowhere() -> str:
    return ""


place: Callable[[], str] = nowhere  # core.tracing puts its own here


def accept(offered: str | None) -> str:
    """The client's own id when it fits, else a new UUID; a broken tracing header must not stop an incident."""
    if offered and WELL_FORMED.fullmatch(offered):
        return offered
    return str(uuid.uuid4())


def current() -> str:
    """The id of the request, or of the job, that this thread works for; empty outside of both."""
    return _current.get()


def begin(request_id: str) -> None:
    """Let everything this thread does from now on carry this id."""
    _current.set(request_id)


def for_job() -> str:
    """The id, as a job carries it: where requests are traced, the place in the trace comes behind it."""
    return f"{current()} {place()}".rstrip()


def of_job(carried: str) -> tuple[str, str]:
    """The id, and the place in the trace, if a job carries one."""
    request_id, _, where = carried.partition(" ")
    return request_id, where


class RequestIDMiddleware:
    """Outermost of all, so that every answer carries X-Request-ID, whoever made it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = accept(request.META.get("HTTP_X_REQUEST_ID"))
        begin(request_id)
        response = self.get_response(request)
        response.headers["X-Request-ID"] = request_id
        if not response.streaming and response.content:
            response.headers["Content-Length"] = str(len(response.content))
        return response
