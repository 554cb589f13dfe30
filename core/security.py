"""Which hosts we answer for, whether the client came by https, and what a browser may do with the answer."""

import io
from collections.abc import Callable
from functools import lru_cache
from typing import cast

from csp.middleware import CSPMiddleware
from django.core.exceptions import DisallowedHost
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware

from core import client_address, views
from core.errors import Invalid
from core.exception_handler import respond
from core.wsgi_call import Headers, encoded

JSON_POLICY = "default-src 'none'; frame-ancestors 'none'"


class HostAndPolicyMiddleware:
    """JSON gets a fixed policy: to build a page's costs more than most answers of the API."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.pages = CSPMiddleware(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.META["wsgi.url_scheme"] = client_address.scheme(request.META)
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


@lru_cache(maxsize=256)
def headers_of_json(host: str | None, name: str, port: str, scheme: str) -> Headers | None:
    """What the middlewares here and Django's two give every JSON answer, for one that passes by them: asked of
    themselves, once for each Host header, address of the server and scheme. None: they refuse, or send elsewhere."""
    asked = WSGIRequest(
        {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": "/v1",
            "SERVER_NAME": name,
            "SERVER_PORT": port,
            "wsgi.url_scheme": scheme,
            "wsgi.input": io.BytesIO(),
            **({"HTTP_HOST": host} if host is not None else {}),
        }
    )
    passing = SecurityMiddleware(XFrameOptionsMiddleware(HostAndPolicyMiddleware(lambda _request: views.json({}))))
    response = cast(HttpResponse, passing(asked))  # awaitable only around what is
    return encoded(list(response.headers.items())) if response.status_code == 200 else None
