"""One line a request, and its count."""

import logging
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse

from core import callers, client_address, logs, metrics

logger = logging.getLogger(__name__)

QUIET = ("/health", "/ready", "/ready/core", "/ready/worker", "/metrics")
SOUNDS_SECRET = re.compile("token|key|secret|password|signature|^code$", re.IGNORECASE)
TOKEN = re.compile(r"inc_[A-Za-z0-9]{7,}")  # of a token, more than the prefix by which people know it
# Made by django.core.signing: whoever has it may do what it says. It is looked for once in each run of such characters:
# from every place of a run it would take the square of its length.
SIGNED = re.compile(r"(?<![\w.-])[\w.-]+:[0-9A-Za-z]{1,8}:[\w-]{43}")


class AccessLogMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        address = client_address.of(request.META)
        client_address.begin(address)
        response = self.get_response(request)
        metrics.answered(request, response, started)
        level = logging.DEBUG if request.path in QUIET else logging.INFO
        if logger.isEnabledFor(level):
            write(
                level,
                method=logs.clean(request.method or ""),
                path=logs.clean(shown_path(request)),
                status=response.status_code,
                seconds=time.perf_counter() - started,
                user=user_of(request),
                address=address,
                cache=response.headers.get("X-Cache"),
            )
        return response


def write(
    level: int, *, method: str, path: str, status: int, seconds: float, user: Any, address: str, cache: str | None
) -> None:
    said = {
        "method": method,
        "path": path,
        "status": status,
        "duration_ms": round(seconds * 1000, 1),
        "user_id": str(user.pk) if user and user.pk else None,
        "client_ip": address,
        "cache": cache,
    }
    logger.log(level, "request", extra=said)


def user_of(request: HttpRequest) -> Any:
    """The caller of the API, or that of a page's session if the page asked for it: no query for the log's sake."""
    caller = callers.of(request)
    return caller.user if caller else getattr(request, "_cached_user", None)


def shown_path(request: HttpRequest) -> str:
    """The path and the query without API tokens, and without the values of parameters that sound like secrets."""
    query = request.META.get("QUERY_STRING", "")[: logs.LONGEST]
    shown = "&".join(map(without_secret, query.split("&")))
    path = SIGNED.sub("-", request.path)
    return TOKEN.sub("inc_-", f"{path}?{shown}" if shown else path)


def without_secret(parameter: str) -> str:
    name, equals, _ = parameter.partition("=")
    return f"{name}=-" if equals and SOUNDS_SECRET.search(unquote(name)) else parameter
