"""Turns whatever goes wrong, wherever it does, into the one JSON shape; pages outside of /v1 get a page."""

import logging
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import psycopg
from django.core import exceptions
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string
from rest_framework.exceptions import ErrorDetail, ValidationError

from core import errors, request_id
from core.errors import DomainError

logger = logging.getLogger(__name__)

API_PREFIX = "/v1"
METRICS = "/metrics"  # for programs too, with the credentials of the API
ADMIN_SITE = "/admin/"

# What Django raises of itself, the narrower kind before the wider.
REFUSALS: tuple[tuple[type[BaseException], type[DomainError]], ...] = (
    (Http404, errors.NotFound),
    (exceptions.PermissionDenied, errors.PermissionDenied),
    (exceptions.RequestDataTooBig, errors.PayloadTooLarge),
    (exceptions.SuspiciousOperation, errors.Invalid),
    (exceptions.BadRequest, errors.Invalid),
    (MultiPartParserError, errors.Invalid),
    (DataError, errors.Invalid),
    (UnicodeError, errors.Invalid),
)


def is_api(path: str) -> bool:
    return path in (API_PREFIX, METRICS) or path.startswith(f"{API_PREFIX}/")


def handle(exc: Exception, context: Any) -> HttpResponse:
    """DRF's hook: every exception of a view ends here, so that Django never sees one."""
    return respond(context["request"], domain_error(exc))


def domain_error(exc: BaseException) -> DomainError:
    if isinstance(exc, DomainError):
        return exc
    if isinstance(exc, ValidationError):
        return errors.Invalid(details=messages(exc.detail))
    for kind, refusal in REFUSALS:
        if isinstance(exc, kind):
            return refusal()
    if any(is_away(cause) for cause in causes(exc)):
        logger.warning("database_unavailable", extra={"error": type(exc.__cause__ or exc).__name__})
        return errors.ServiceUnavailable()
    logger.error("internal_error", exc_info=exc)
    return errors.InternalError()


def causes(exc: BaseException) -> Iterator[BaseException]:
    """It, and what it says it came from: procrastinate has errors of its own for those of the database."""
    cause: BaseException | None = exc
    while cause is not None:
        yield cause
        cause = cause.__cause__


def is_away(exc: BaseException) -> bool:
    """Everything that a later try may find mended: no connection, no disk, no lock, a statement that took too long, a
    transaction that stood still with the server."""
    return isinstance(
        exc,
        OperationalError
        | InterfaceError
        | psycopg.errors.ReadOnlySqlTransaction
        | psycopg.errors.InsufficientResources
        | psycopg.errors.IdleInTransactionSessionTimeout,
    )


def messages(detail: Any) -> dict[str, Any]:
    """DRF's nested details, flattened to field -> sentences."""
    if not isinstance(detail, dict):
        return {"non_field_errors": list(sentences(detail))}
    return {str(field): list(sentences(value)) for field, value in detail.items()}


def sentences(value: Any) -> Iterable[str]:
    if isinstance(value, ErrorDetail | str):
        yield str(value)
        return
    for part in value.values() if isinstance(value, dict) else value:
        yield from sentences(part)


def respond(request: HttpRequest, error: DomainError) -> HttpResponse:
    if is_api(request.path):
        response = HttpResponse(errors.body(error), content_type="application/json", status=error.status)
    else:
        home = ADMIN_SITE if request.path.startswith(ADMIN_SITE) else "/"
        page = render_to_string("error.html", {"error": error, "request_id": request_id.current(), "home": home})
        response = HttpResponse(page, status=error.status)
    for name, value in error.headers.items():
        response.headers[name] = value
    return response


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What Django calls for 400, 403 and 404."""
    return respond(request, domain_error(exception))


class Forged(errors.PermissionDenied):
    message = "The CSRF token is missing or wrong. Reload the page and try again."
    is_about_role = False


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return respond(request, Forged())


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's last resort: what a middleware raised, or a page."""
    exc = sys.exc_info()[1]
    return respond(request, domain_error(exc) if exc else errors.InternalError())
