"""One line a request."""

import logging
import re
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from core import callers, client_address, logs

logger = logging.getLogger(__name__)

QUIET = ("/health", "/ready", "/ready/core", "/ready/worker")
SECRET = re.compile("token|key|secret|password|signature", re.IGNORECASE)
TOKEN = re.compile(r"inc_[A-Za-z0-9]{7,}")  # more than the prefix by which people know it


class AccessLogMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        address = client_address.of(request)
        client_address.begin(address)
        response = self.get_response(request)
        level = logging.DEBUG if request.path in QUIET else logging.INFO
        if logger.isEnabledFor(level):
            caller = callers.of(request)
            logger.log(
                level,
                "request",
                extra={
                    "method": logs.clean(request.method or ""),
                    "path": logs.clean(shown_path(request)),
                    "status": response.status_code,
                    "duration_ms": round((time.perf_counter() - started) * 1000, 1),
                    "user_id": str(caller.user.pk) if caller and caller.user else None,
                    "client_ip": address,
                    "cache": response.headers.get("X-Cache"),
                },
            )
        return response


def shown_path(request: HttpRequest) -> str:
    """The path and the query without API tokens, and without the values of parameters that sound like secrets."""
    query = "&".join(map(without_secret, request.META.get("QUERY_STRING", "").split("&")))
    return TOKEN.sub("inc_-", f"{request.path}?{query}" if query else request.path)


def without_secret(parameter: str) -> str:
    name, equals, _ = parameter.partition("=")
    return f"{name}=-" if equals and SECRET.search(name) else parameter
