"""The fields of an incident that people may edit: as they are stored, shown in a form, and typed."""

import hashlib
import uuid
from typing import Any

import orjson

from console import forms, timeline
from core import parsers
from core.errors import Invalid
from incidents import services
from incidents.models import Incident, Severity
from incidents.serializers import EditInput
from users.models import User

FIELDS = ("title", "description", "severity", "assignee", "metadata")


def value_of(incident: Incident, field: str) -> Any:
    return incident.assignee_id if field == "assignee" else getattr(incident, field)


def digest(value: Any) -> str:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def same(current: Any, wanted: Any) -> bool:
    """Line breaks count alike: a form cannot keep those of a program that wrote CRLF."""
    if isinstance(current, str):
        return current.replace("\r\n", "\n") == str(wanted)
    return not services.differs(wanted, current)


def as_text(value: Any) -> str:
    """A value as the form shows it."""
    if value is None:
        return ""
    return str(value) if isinstance(value, uuid.UUID) else timeline.shown(value)


def parsed(field: str, typed: str) -> Any:
    """The value that was typed. Raises Invalid naming `field`."""
    return forms.checked(EditInput, **{field: READERS.get(field, str)(typed)})[field]


def chosen_person(typed: str) -> str | None:
    return typed or None


def json_object(typed: str) -> dict[str, Any]:
    try:
        return parsers.parse(typed.strip().encode())
    except Invalid as error:
        sentences = [sentence for found in error.details.values() for sentence in found]
        raise Invalid(details={"metadata": sentences}) from None


READERS: dict[str, Any] = {"assignee": chosen_person, "metadata": json_object}


def choices(field: str) -> list[tuple[str, str]]:
    if field == "severity":
        return [(severity, severity) for severity in Severity.values]
    return User.objects.for_choice() if field == "assignee" else []
