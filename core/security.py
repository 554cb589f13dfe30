"""Which hosts we answer for, whether the client came by https, and what a browser may do with the answer."""

from collections.abc import Callable

from csp.middleware import CSPMiddleware
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from core import client_address
from core.errors import Invalid
from core.exception_handler import respond

JSON_POLICY = "default-src 'none'; frame-ancestors 'none'"


class HostAndPolicyMiddleware:
    """JSON gets a fixed policy: to build a page's costs more than most answers of the API."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.pages = CSPMiddleware(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.META["wsgi.url_scheme"] = client_address.scheme(request)
        response = self.refused(request) or self.get_response(request)
        if response.headers.get("Content-Type", "").startswith("application/json"):
            response.headers["Content-Security-Policy"] = JSON_POLICY
        else:
            self.pages.process_response(request, response)
        return response

    def refused(self, request: HttpRequest) -> HttpResponse | None:
        try:
            request.get_host()
        except DisallowedHost:
            return respond(request, Invalid("This service does not serve the host that the Host header names."))
        return None
