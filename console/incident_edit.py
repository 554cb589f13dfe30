"""One field of an incident, edited in place. Who changes another field, or comments, is in nobody's way; of two who
change the same one the second is shown both values."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse

from console import forms, incident_page
from console.access import page
from console.incident_fields import as_text, choices, digest, parsed, same, value_of
from core.callers import WRITE, CalledRequest
from core.errors import Conflict, DomainError, PreconditionFailed, ServiceUnavailable
from incidents import services
from incidents.errors import IncidentNotFound
from incidents.models import Incident
from incidents.preconditions import Expected
from users.models import User

# How often somebody else may be faster, by a comment say, before we give up.
ATTEMPTS = 5


class EditConflict(Conflict):
    message = "Somebody changed this while you were editing."


@dataclass(frozen=True, slots=True)
class Edit:
    """The form of one field: what it was when the form was made, what was typed, what is wrong with it."""

    field: str
    was: str
    typed: str
    choices: list[tuple[str, str]]
    errors: dict[str, Any] | None = None
    is_conflict: bool = False


@page(GET=WRITE, POST=WRITE)
def edit(request: CalledRequest, pk: uuid.UUID, field: str) -> HttpResponse:
    if request.method != "POST":
        current = value_of(incident_page.find(pk), field)
        return incident_page.shown(request, pk, edit=Edit(field, digest(current), as_text(current), choices(field)))
    typed, was = forms.text(request, field), request.POST.get("was", "")
    try:
        merge(pk, field, parsed(field, typed), was=was, actor=forms.sender(request))
    except IncidentNotFound:
        raise
    except DomainError as error:
        return again(request, pk, Edit(field, was, typed, choices(field)), error)
    return forms.go_to(f"{incident_page.address(pk)}#field-{field}")


def again(request: CalledRequest, pk: uuid.UUID, sent: Edit, error: DomainError) -> HttpResponse:
    """The form as it was sent. After a conflict the next try knows what it replaces."""
    is_conflict = isinstance(error, EditConflict)
    was = digest(value_of(incident_page.find(pk), sent.field)) if is_conflict else sent.was
    errors = None if is_conflict else incident_page.of_form(error, sent.field)
    form = Edit(sent.field, was, sent.typed, sent.choices, errors, is_conflict)
    return incident_page.shown(request, pk, error.status, edit=form)


def merge(pk: uuid.UUID, field: str, wanted: Any, *, was: str, actor: User) -> None:
    """Raises EditConflict when the field is no longer what `was` was made of, and not what is wanted either."""
    for _ in range(ATTEMPTS):
        incident = incident_page.find(pk)
        current = value_of(incident, field)
        if same(current, wanted):
            return
        if digest(current) != was:
            raise EditConflict
        if replaced(incident, field, wanted, actor=actor):
            return
    raise ServiceUnavailable


def replaced(incident: Incident, field: str, wanted: Any, *, actor: User) -> bool:
    """False when somebody was faster, with whatever it was."""
    expected = Expected(frozenset({incident.version}))
    try:
        services.edit_incident(incident.pk, actor=actor, expected=expected, **{field: wanted})
    except PreconditionFailed:
        return False
    return True
