"""Calls of the API that bring no session pass by what serves sessions and pages: it costs as much as a query."""

import threading
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from core.exception_handler import is_api

Handler = Callable[[HttpRequest], HttpResponse]

_being_built = threading.local()


class ShortcutEnd:
    """Stands after the last middleware to pass by. Django builds from the inside, so this one comes first."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = _being_built.inside = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)


class Shortcut:
    """Stands before the first one."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.inside: Handler = _being_built.inside

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.inside(request) if is_without_session(request) else self.get_response(request)


def is_without_session(request: HttpRequest) -> bool:
    return is_api(request.path) and (
        "HTTP_AUTHORIZATION" in request.META or settings.SESSION_COOKIE_NAME not in request.COOKIES
    )
