"""One thing done to many incidents: each by itself, so that one refusal does not undo the rest."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from console.access import page
from core import views
from core.callers import WRITE, CalledRequest, Caller
from core.errors import DomainError, Invalid
from incidents import filters, lifecycle, services
from incidents.errors import InvalidStatusTransition
from incidents.models import Incident, Status

MOST = 100
DONE: dict[str, str] = {Status.ACK: "acknowledged", Status.RESOLVED: "resolved"}
Change = Callable[[uuid.UUID], bool]


@dataclass(frozen=True, slots=True)
class Result:
    incident: Incident
    text: str
    is_done: bool


@page(POST=WRITE)
def act(request: CalledRequest) -> HttpResponse:
    ids = picked(request.POST.getlist("incident"))
    name, change = change_of(request.POST, request.caller)  # type: ignore[arg-type]  # admitted
    known = Incident.objects.filter(pk__in=ids).defer("search", "description", "metadata").in_bulk()
    results = [result(known[pk], name, change) for pk in ids if pk in known]
    context = {"results": results, "gone": len(ids) - len(results), "back": back(request)}
    return render(request, "console/incidents/results.html", context)


def picked(texts: list[str]) -> list[uuid.UUID]:
    if not 1 <= len(texts) <= MOST:
        raise Invalid.field("incident", f"Select 1 to {MOST} incidents.")
    return list(dict.fromkeys(views.identifier("incident", text) for text in texts))


def change_of(form: QueryDict, caller: Caller) -> tuple[str, Change]:
    """What it is called when it is done, and the service that does it to one incident."""
    what = form.get("do", "")
    if what == "assign":
        assignee = filters.who("assignee", form.get("assignee", ""), caller)
        return "assigned", lambda pk: services.edit_incident(pk, actor=caller.user, assignee=assignee)
    if what in DONE:
        return DONE[what], lambda pk: lifecycle.change_status(pk, Status(what), actor=caller.user)
    raise Invalid.field("do", "Choose what to do.")


def result(incident: Incident, name: str, change: Change) -> Result:
    try:
        return Result(incident, name if change(incident.pk) else f"{name} already", True)
    except InvalidStatusTransition as error:
        return Result(incident, f"not {name}: it is {DONE[error.details['current_status']]}", False)
    except DomainError as error:
        return Result(incident, error.message, False)


def back(request: Any) -> str:
    """The list as it was, or as it begins: never another place."""
    path: str = request.POST.get("back", "")
    return path if path.startswith("/incidents") else "/incidents"
