"""Routes that fail in every way that code can: ROOT_URLCONF of tests about errors."""

import psycopg
from django.core import exceptions
from django.db import DataError, IntegrityError, InterfaceError, InternalError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from procrastinate.exceptions import ConnectorException
from rest_framework.viewsets import ViewSet

from core import callers, errors
from core.exception_handler import refused, server_error

SECRET = "the secret of the view"


def caused_by(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


FAILURES = {
    "bug": ZeroDivisionError(SECRET),
    "memory": MemoryError(SECRET),
    "integrity": IntegrityError(SECRET),
    "away": OperationalError(SECRET),
    "interface": InterfaceError(SECRET),
    "read-only": caused_by(InternalError(SECRET), psycopg.errors.ReadOnlySqlTransaction(SECRET)),
    "disk-full": caused_by(OperationalError(SECRET), psycopg.errors.DiskFull(SECRET)),
    "deadlock": caused_by(OperationalError(SECRET), psycopg.errors.DeadlockDetected(SECRET)),
    "stood-still": caused_by(InternalError(SECRET), psycopg.errors.IdleInTransactionSessionTimeout(SECRET)),
    "job": caused_by(ConnectorException(SECRET), OperationalError(SECRET)),
    "broken": InternalError(SECRET),
    "data": DataError(SECRET),
    "unicode": UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, SECRET),
    "suspicious": exceptions.SuspiciousOperation(SECRET),
    "bad-request": exceptions.BadRequest(SECRET),
    "forbidden": exceptions.PermissionDenied(SECRET),
    "missing": Http404(SECRET),
    "too-large": exceptions.RequestDataTooBig(SECRET),
    "domain": errors.Conflict("Taken.", {"email": ["Taken."]}),
}


class FailingViewSet(ViewSet):
    access = {"retrieve": callers.OPEN, "create": callers.OPEN}

    def retrieve(self, request, pk):
        raise FAILURES[pk]

    def create(self, request):
        raise FAILURES["bug"]


def page(request: HttpRequest, kind: str) -> HttpResponse:
    raise FAILURES[kind]


urlpatterns = [
    path("v1/failing", FailingViewSet.as_view({"post": "create"})),
    path("v1/failing/<pk>", FailingViewSet.as_view({"get": "retrieve"})),
    path("pages/<kind>", page),
]
handler400, handler403, handler404, handler500 = refused, refused, refused, server_error
