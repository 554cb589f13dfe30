"""Who may see a page. Every view of the console is a `page(...)`, and tests/who_may_call.py has a row for each."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils import timezone

from console import over_limit
from core import clock, rate_limits
from core.callers import Access, CalledRequest, Caller, Level
from core.errors import DomainError, MethodNotAllowed, PermissionDenied
from core.exception_handler import respond
from core.rate_limits import RateLimitExceeded

View = Callable[..., HttpResponseBase]
WRITES = {"POST": "writes"}


def page(*, spends: Mapping[str, str] = WRITES, **access: Access) -> Callable[[View], View]:
    """`@page(GET=READ, POST=WRITE)`: what each method asks of its caller. Other methods get 405. `spends` says out of
    which budget a method is paid for, the same as for calls of the API.

    Inside of the view `request.caller` is the session's person, and times are shown in that person's zone. A
    DomainError that leaves it becomes an error page.
    """
    methods = {**access, "HEAD": access["GET"]} if "GET" in access else access

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: CalledRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                refusal = admit(request, methods)
                if refusal is not None:
                    return refusal
                if (budget := spends.get(request.method or "")) is not None:
                    rate_limits.spend(request, budget)
                with timezone.override(clock.zone(request.user.timezone)):  # type: ignore[union-attr]  # admitted
                    return finished(request, view(request, *args, **kwargs))
            except RateLimitExceeded as error:
                return finished(request, over_limit.show(request, error))
            except DomainError as error:
                return respond(request, error)

        guarded.access = access  # type: ignore[attr-defined]  # read by the rights test
        return guarded

    return decorate


def admit(request: CalledRequest, methods: dict[str, Access]) -> HttpResponse | None:
    """The way to the log-in for whoever is not logged in; raises what the person may not do."""
    if not request.user.is_authenticated:
        return to_login(request)
    request.caller = Caller(request.user, request.user.level, Level.ADMIN, is_session=True)
    access = methods.get(request.method or "")
    if access is None:
        raise MethodNotAllowed(request.method or "", sorted(methods))
    if not request.caller.may(access):
        raise PermissionDenied("Your role does not allow this.")
    return None


def to_login(request: HttpRequest) -> HttpResponse:
    """And back to where one was; a fragment asks its page to go there."""
    here = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
    if request.headers.get("HX-Request") != "true":
        return redirect_to_login(here, settings.LOGIN_URL)
    response = HttpResponse(status=204)
    response.headers["HX-Refresh"] = "true"
    return response


# Its answers differ in length by chance, so that nobody learns a secret from how well a page compresses.
compressor = GZipMiddleware(lambda request: HttpResponse())


def finished(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """What one person sees is kept by nobody: after a log-out the way back shows nothing. It travels compressed."""
    response.headers.setdefault("Cache-Control", "private, no-store")
    compressor.process_response(request, response)
    return response
