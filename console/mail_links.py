"""What the links in mails lead to. They work without a log-in: the token is the proof, and for this one thing alone.

To look changes nothing, since mail scanners and previews follow links; a button does it.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from core.callers import Level
from incidents import lifecycle
from incidents.errors import InvalidStatusTransition
from incidents.models import Incident, Status
from notifications import mail_links, preferences
from users.models import User

EXPIRED = "This link has expired: it worked for a day."
INVALID = "This link does not work. It may be cut off, or may have been sent to an address that you have no more."


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page says, and the button that it offers."""

    title: str
    words: str = ""
    button: str = ""
    incident: Incident | None = None
    person: User | None = None
    status: int = 200


Step = Callable[[HttpRequest, User, uuid.UUID | None], Shown]


def link(purpose: str) -> Callable[[Step], Callable[..., HttpResponse]]:
    """A view of `token`. No CSRF token: without the link in the address nobody can forge the request, and a mail
    program that unsubscribes by itself (RFC 8058) has neither cookie nor form."""

    def decorate(step: Step) -> Callable[..., HttpResponse]:
        @csrf_exempt
        @wraps(step)
        def view(request: HttpRequest, token: str) -> HttpResponse:
            if request.method not in ("GET", "HEAD", "POST"):
                return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
            return page(request, outcome(step, request, purpose, token))

        return view

    return decorate


def outcome(step: Step, request: HttpRequest, purpose: str, token: str) -> Shown:
    try:
        user, incident_id = mail_links.read(purpose, token)
    except mail_links.LinkExpired:
        return Shown("This link has expired", EXPIRED, status=410)
    except mail_links.LinkInvalid:
        return Shown("This link does not work", INVALID, status=404)
    return step(request, user, incident_id)


def page(request: HttpRequest, shown: Shown) -> HttpResponse:
    """The address is a secret: no other page is told of it, and nobody keeps what it shows."""
    response = render(request, "console/mail_link.html", {"shown": shown}, status=shown.status)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@link(mail_links.ACKNOWLEDGE)
def acknowledge(request: HttpRequest, user: User, incident_id: uuid.UUID | None) -> Shown:
    incident = find(incident_id)
    if incident is None:
        return Shown("The incident is gone", "Somebody has deleted it meanwhile.", status=404)
    if user.level < Level.WRITE:
        return Shown("You may not acknowledge", "Your role lets you look only.", incident=incident, status=403)
    if incident.status != Status.OPEN:
        return settled(incident)
    if request.method != "POST":
        return Shown("Acknowledge this incident?", button="Acknowledge", incident=incident, person=user)
    try:
        lifecycle.change_status(incident.pk, Status.ACK, actor=user)
    except InvalidStatusTransition:
        pass  # somebody resolved it at this moment: the page says so
    else:
        return Shown("Acknowledged", "Everybody sees that you have it.", incident=find(incident_id))
    return settled(find(incident_id) or incident)


def find(incident_id: uuid.UUID | None) -> Incident | None:
    return Incident.objects.filter(pk=incident_id).first() if incident_id else None


def settled(incident: Incident) -> Shown:
    what = "resolved" if incident.status == Status.RESOLVED else "acknowledged"
    change = incident.events.filter(type="STATUS_CHANGED").select_related("actor").last()
    who = f" by {change.actor.name}" if change and change.actor else ""
    return Shown(f"Already {what}{who}", "There is nothing left to do here.", incident=incident)


@link(mail_links.UNSUBSCRIBE)
def unsubscribe(request: HttpRequest, user: User, incident_id: uuid.UUID | None) -> Shown:
    if request.method != "POST":
        return Shown("No daily summaries any more?", f"They go to {user.email}.", button="Stop them")
    preferences.set_own(user, wants_summary=False)
    return Shown("You get no summaries any more", "In your profile you can have them again.")
