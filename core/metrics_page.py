"""GET /metrics: for the addresses that may scrape without credentials here, for everybody else where it is routed."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views import View
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from core import callers, client_address, errors, metrics
from core.exception_handler import METRICS, respond
from core.health import other_method
from core.metric_files import Busy
from core.metric_rows import rows

logger = logging.getLogger(__name__)


class MetricsMiddleware:
    """Ahead of hosts, sessions and limits, as for the health checks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path != METRICS or not is_allowed(client_address.current()):
            return self.get_response(request)
        request.route = "metrics"  # type: ignore[attr-defined]  # read by core.metrics
        return answer(request)


class MetricsView(View):
    http_method_names = ["get", "head", "options"]
    access = callers.READ

    def get(self, request: HttpRequest) -> HttpResponse:
        return answer(request)


def is_allowed(text: str) -> bool:
    address = client_address.parse(text)
    return address is not None and any(address in network for network in settings.METRICS_ALLOWED_CIDRS)


def answer(request: HttpRequest) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        return other_method(request.method or "")
    try:
        body = metrics.text() + generate_latest(rows)
    except Busy:
        logger.warning("metrics_busy")
        return respond(request, errors.ServiceUnavailable())
    response = HttpResponse(body, content_type=CONTENT_TYPE_PLAIN_0_0_4)
    response.headers["Cache-Control"] = "no-store"
    return response
