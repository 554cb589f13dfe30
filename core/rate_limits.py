"""The budget of writes: a fixed window for each caller, counted in Redis; without Redis everything passes."""

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django_ratelimit.core import get_usage  # type: ignore[import-untyped]  # django-ratelimit has no types

from core import callers, client_address
from core.errors import DomainError
from core.exception_handler import is_api, respond

logger = logging.getLogger(__name__)

WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})


class RateLimitExceeded(DomainError):
    status = 429
    code = "RATE_LIMIT_EXCEEDED"
    message = "Too many writes. Wait as long as Retry-After says."

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(details={"violated_policies": ["writes"]})

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.seconds)}


class RateLimitMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        usage = getattr(request, "rate_usage", None)
        if usage:
            limit, window = settings.RATE_LIMIT_MAX_REQUESTS, settings.RATE_LIMIT_WINDOW_SECONDS
            left = max(0, limit - usage["count"])
            response.headers["RateLimit-Policy"] = f'"writes";q={limit};w={window}'
            response.headers["RateLimit"] = f'"writes";r={left};t={seconds_left(usage)}'
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if request.method not in WRITES or not settings.RATE_LIMITS_ENABLED or not is_api(request.path):
            return None
        usage = get_usage(
            request,
            group="writes",
            key=identity,
            rate=(settings.RATE_LIMIT_MAX_REQUESTS, settings.RATE_LIMIT_WINDOW_SECONDS),
            increment=True,
        )
        if usage is None:
            logger.info("rate_limit_not_counted")
            return None
        request.rate_usage = usage  # type: ignore[attr-defined]  # read back in __call__, after the view
        if usage["should_limit"]:
            return respond(request, RateLimitExceeded(seconds_left(usage)))
        return None


def identity(group: str, request: HttpRequest) -> str:
    caller = callers.of(request)
    if caller and caller.user:
        return f"user:{caller.user.pk}"
    return f"ip:{client_address.bucket(client_address.current())}"


def seconds_left(usage: dict[str, Any]) -> int:
    """django-ratelimit counts to the last second of a window; a retry must wait until that is over, too."""
    return max(1, int(usage["time_left"]) + 1)
