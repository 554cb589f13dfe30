"""The one shape of every error, and the domain's errors. Knows no DRF: services raise these."""

from collections.abc import Mapping
from typing import Any

import orjson

from core import request_id


class DomainError(Exception):
    """A refusal with a code for programs and a sentence for people."""

    status = 400
    code = "VALIDATION_ERROR"
    message = "The request is not valid."
    headers: Mapping[str, str] = {}

    def __init__(self, message: str | None = None, details: Mapping[str, Any] | None = None) -> None:
        self.message = message or self.message
        self.details: Mapping[str, Any] = details or {}
        super().__init__(self.message)


class Invalid(DomainError):
    """400: `details` maps a field to its messages, `non_field_errors` for the whole."""

    @classmethod
    def field(cls, name: str, message: str) -> "Invalid":
        return cls(details={name: [message]})


class NotAuthenticated(DomainError):
    status = 401
    code = "NOT_AUTHENTICATED"
    message = "Send a valid API token as 'Authorization: Bearer <token>', or log in."
    headers = {"WWW-Authenticate": "Bearer"}


class PermissionDenied(DomainError):
    status = 403
    code = "PERMISSION_DENIED"
    message = "Your role or your token's scope does not allow this."
    is_about_role = True


class NotFound(DomainError):
    status = 404
    code = "NOT_FOUND"
    message = "There is nothing at this address."


class MethodNotAllowed(DomainError):
    status = 405
    code = "METHOD_NOT_ALLOWED"

    def __init__(self, method: str, allowed: list[str]) -> None:
        super().__init__(f"{method} is not allowed here.")
        self.headers = {"Allow": ", ".join(allowed)}


class Conflict(DomainError):
    status = 409
    code = "CONFLICT"
    message = "This conflicts with what is stored."


class PreconditionFailed(DomainError):
    status = 412
    code = "PRECONDITION_FAILED"
    message = "The incident has changed since the version that If-Match names."


class PayloadTooLarge(DomainError):
    status = 413
    code = "PAYLOAD_TOO_LARGE"
    message = "The body is larger than 1 MiB."


class UnsupportedMediaType(DomainError):
    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"
    message = "Send JSON in UTF-8 with 'Content-Type: application/json'."


class InternalError(DomainError):
    status = 500
    code = "INTERNAL_ERROR"
    message = "Something went wrong on our side. Quote the request id when you report it."


class ServiceUnavailable(DomainError):
    status = 503
    code = "SERVICE_UNAVAILABLE"
    message = "The service cannot answer right now. Try again in a moment."
    headers = {"Retry-After": "1"}


def body(error: DomainError) -> bytes:
    """The JSON of an error, as every part of the service answers it."""
    return orjson.dumps(
        {
            "code": error.code,
            "message": error.message,
            "request_id": request_id.current(),
            "details": error.details,
        }
    )
