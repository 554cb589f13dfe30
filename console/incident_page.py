"""One incident: what it is, what has happened, and what can be done next."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from console import forms, markdown, timeline
from console import told as tellings
from console.access import page
from console.incident_fields import as_text, digest, value_of
from console.templatetags.console import STATUS_WORDS
from core import form_keys, lookups
from core.callers import READ, WRITE, CalledRequest
from core.errors import DomainError, Invalid
from incidents import lifecycle, services
from incidents.detail import SHOWN_EVENTS
from incidents.errors import IncidentNotFound
from incidents.models import Incident, IncidentEvent, Status
from incidents.serializers import ChangeStatusInput, CommentInput
from users.models import User

ACTIONS = {Status.ACK: "Acknowledge", Status.RESOLVED: "Resolve"}
# More facts than these are folded away.
SHOWN_METADATA = 12


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it is shown: what was typed into it, and what is wrong with that."""

    typed: str = ""
    key: str = field(default_factory=form_keys.new)
    errors: dict[str, Any] = field(default_factory=dict)
    preview: Any = None


@page(GET=READ)
def show(request: CalledRequest, pk: uuid.UUID) -> HttpResponse:
    return shown(request, pk)


@page(GET=READ, POST=WRITE)
def change_status(request: CalledRequest, pk: uuid.UUID) -> HttpResponse:
    if request.method != "POST":
        return forms.go_to(address(pk))
    note = forms.text(request, "note")
    try:
        data = forms.checked(ChangeStatusInput, status=request.POST.get("status", ""), note=note)
        lifecycle.change_status(pk, data["status"], note=data["note"], actor=forms.sender(request))
    except IncidentNotFound:
        raise
    except DomainError as error:
        return shown(request, pk, error.status, status_form=Form(note, errors=of_status(error)))
    return forms.go_to(address(pk))


def of_status(error: DomainError) -> dict[str, Any]:
    """A transition that is no longer possible is told beside the buttons, above what is."""
    return dict(error.details) if isinstance(error, Invalid) else {"status": [f"{error.message} Somebody was faster."]}


@page(GET=READ, POST=WRITE)
def comment(request: CalledRequest, pk: uuid.UUID) -> HttpResponse:
    if request.method != "POST":
        return forms.go_to(address(pk))
    body = forms.text(request, "body")
    try:
        data = forms.checked(CommentInput, body=body.strip())
        if "preview" in request.POST:
            form = Form(body, forms.key_after(request), preview=markdown.render(data["body"]))
            return shown(request, pk, comment_form=form)
        return forms.send_once(request, lambda: add_comment(pk, data["body"], forms.sender(request)))
    except IncidentNotFound:
        raise
    except DomainError as error:
        form = Form(body, forms.key_after(request, error), errors=of_form(error, "body"))
        return shown(request, pk, error.status, comment_form=form)


def add_comment(pk: uuid.UUID, body: str, actor: User) -> str:
    return f"{address(pk)}#event-{services.comment(pk, body=body, actor=actor).pk}"


def of_form(error: DomainError, name: str) -> dict[str, Any]:
    """A refusal of the whole form stands beside its one field."""
    details = dict(error.details)
    return {name: details.get(name) or details.get("non_field_errors") or [error.message]}


@page(POST=WRITE, spends={})
def preview(request: CalledRequest) -> HttpResponse:
    """A fragment: what a comment or a description will look like."""
    typed = forms.text(request, "body" if "body" in request.POST else "description").strip()
    try:
        body = forms.checked(CommentInput, body=typed or "Nothing to show yet.")["body"]
    except Invalid as error:
        return render(request, "console/incident/preview.html", {"errors": of_form(error, "body")["body"]})
    return render(request, "console/incident/preview.html", {"preview": markdown.render(body)})


def address(pk: uuid.UUID) -> str:
    return reverse("console:incident", args=[pk])


def find(pk: uuid.UUID) -> Incident:
    incident: Incident = lookups.one(Incident.objects.for_page(), pk, IncidentNotFound)
    return incident


def shown(request: CalledRequest, pk: uuid.UUID, status: int = 200, **state: Any) -> HttpResponse:
    """The page, with the forms of `state` as they were sent: `status_form`, `comment_form`, `edit`."""
    incident = find(pk)
    entries, older = told(request, pk)
    newer_one, older_one = Incident.objects.beside(incident)
    newest_told, is_more_told = tellings.of_incident(pk)
    context = {
        "incident": incident,
        "description": markdown.render(incident.description) if incident.description else "",
        "metadata": [(name, *fact(value)) for name, value in incident.metadata.items()],
        "shown_metadata": SHOWN_METADATA,
        "actions": [(to, ACTIONS[to]) for to in lifecycle.ALLOWED[incident.status]],
        "statuses": STATUS_WORDS.items(),
        "lasted": (incident.resolved_at - incident.created_at).total_seconds() if incident.resolved_at else None,
        "assignee_was": digest(incident.assignee_id),
        "entries": entries,
        "older": older,
        "told": newest_told,
        "is_more_told": is_more_told,
        "newer_incident": newer_one,
        "older_incident": older_one,
        "link": f"{settings.BASE_URL}{address(pk)}",
        "status_form": Form(),
        "comment_form": Form(),
        **state,
    }
    if "edit" in state:
        context |= beside_the_form(incident, entries, state["edit"].field)
    return render(request, "console/incident.html", context, status=status)


def fact(value: Any) -> tuple[str, bool]:
    """A value of the metadata as text, and whether that is an address to go to."""
    text = timeline.shown(value)
    return text, markdown.ADDRESS.fullmatch(text) is not None


def beside_the_form(incident: Incident, entries: list[timeline.Entry], name: str) -> dict[str, Any]:
    """For a conflict: what the field is now, and who made it so."""
    assignee = incident.assignee if name == "assignee" else None
    return {
        "edit_current": assignee.name if assignee else as_text(value_of(incident, name)),
        "changed_by": next((entry for entry in entries if name in entry.fields), None),
    }


def told(request: CalledRequest, pk: uuid.UUID) -> tuple[list[timeline.Entry], int | None]:
    """The newest events before the one that `?before=` names, newest first, and where the older ones begin."""
    rows = IncidentEvent.objects.of(pk).for_list().order_by("-sequence")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        rows = rows.filter(sequence__lt=int(before))
    found = list(rows[: SHOWN_EVENTS + 1])
    rows, has_older = found[:SHOWN_EVENTS], len(found) > SHOWN_EVENTS
    names = User.objects.names_of(timeline.mentioned(rows))
    return timeline.tell(rows, names), rows[-1][1] if has_older else None
