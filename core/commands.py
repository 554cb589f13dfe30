"""How commands check what they are given: by the API's own input, with sentences for a terminal."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError

from core.exception_handler import messages
from core.views import Input


def checked(input_class: type[Input], **given: Any) -> dict[str, Any]:
    """What the API would take of `given`; CommandError, naming each field that does not fit."""
    fields = input_class(data=given)
    if not fields.is_valid():
        raise CommandError(sentences(messages(fields.errors)))
    data: dict[str, Any] = fields.validated_data
    return data


def sentences(details: Mapping[str, Any]) -> str:
    return " ".join(f"{field}: {message}" for field, told in details.items() for message in told)
