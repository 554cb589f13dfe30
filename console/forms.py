"""What people type into forms, held against the same rules as the API's bodies."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from rest_framework.serializers import ValidationError

from core import exception_handler, form_keys, parsers, views
from core.errors import DomainError, Invalid
from core.views import Input
from users.models import User

# Read by static/js/drafts.js: the form with this key has arrived, so what it kept of it may go.
SENT_COOKIE = "sent"


def sender(request: HttpRequest) -> User:
    user: User = request.user  # type: ignore[assignment]  # console.access lets nobody else come this far
    return user


def text(request: HttpRequest, name: str) -> str:
    """What was typed. A browser sends every line break as CRLF, which nobody typed."""
    return request.POST.get(name, "").replace("\r\n", "\n")


def checked(serializer: type[Input], **typed: Any) -> dict[str, Any]:
    """The values to store. Raises Invalid, naming each field."""
    for name, value in typed.items():
        parsers.check(name, value)
    try:
        data: dict[str, Any] = views.checker(serializer).run_validation(typed)
    except ValidationError as error:
        raise Invalid(details=exception_handler.messages(error.detail)) from None
    return data


def send_once(request: HttpRequest, act: Callable[[], str]) -> HttpResponse:
    """Run what the form asks for once for its key, and go where `act` says."""
    response = go_to(form_keys.run_once(request, act))
    response.set_cookie(
        SENT_COOKIE, request.POST[form_keys.FIELD], max_age=60, secure=settings.IS_HTTPS, samesite="Lax"
    )
    return response


def key_after(request: HttpRequest, error: Exception | None = None) -> str:
    """The key of a form that is shown again. It is the same one, so that what has arrived unseen is not done twice;
    after a conflict what was typed is something new."""
    key = request.POST.get(form_keys.FIELD, "")
    return form_keys.new() if not key or isinstance(error, form_keys.AlreadySent) else key


def errors_of(error: DomainError) -> dict[str, Any]:
    """What is wrong by field; a refusal that names none is one of the whole form."""
    return dict(error.details) or {"non_field_errors": [error.message]}


def done(request: HttpRequest, words: str, location: str) -> HttpResponse:
    """Go there, where the page says so."""
    messages.success(request, words)
    return go_to(location)


def go_to(location: str) -> HttpResponse:
    return HttpResponse(status=303, headers={"Location": location})
