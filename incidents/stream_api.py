"""The stream over HTTP: Django says who may have it and from where on; the event loop does the rest."""

from functools import partial

from django.http import StreamingHttpResponse
from rest_framework.request import Request

from core import request_id, views
from core.callers import READ
from core.errors import Invalid, ServiceUnavailable
from core.openapi.words import UUID, choice, query
from incidents import openapi
from incidents.models import DELETED, EventType
from incidents.stream import log, position
from incidents.stream.client import Accepted
from incidents.stream.hub import hub
from incidents.stream.log import Present, Wanted
from incidents.stream.position import Position
from users import standing

TYPES = (*EventType.values, DELETED)
WITHOUT_A_LOOP = b": this server holds no streams\n\n"


class StreamsFull(ServiceUnavailable):
    message = "This process holds as many streams as it may. Try again in a moment."
    headers = {"Retry-After": "5"}


class StreamResponse(StreamingHttpResponse):
    """The front goes on with it on its loop. Another server shows it as a stream that has ended."""

    def __init__(self, accepted: Accepted) -> None:
        super().__init__([WITHOUT_A_LOOP], content_type="text/event-stream")
        self.on_the_loop = partial(hub.serve, accepted)
        self.headers["Cache-Control"] = "private, no-cache, no-transform"
        self.headers["Vary"] = "Authorization, Cookie"
        self.headers["X-Accel-Buffering"] = "no"  # nginx would keep it to itself
        self.headers["Last-Event-ID"] = str(accepted.after)


class StreamViewSet(views.ApiViewSet):
    operations = openapi.STREAM
    access = {"list": READ}
    has_no_head = True
    parameters = {
        "list": {
            "incident": query(UUID, "Only events of this incident."),
            "type": query({"type": "array", "items": choice(TYPES)}, "Only events of these types: repeated."),
            "last_event_id": query(openapi.PLACE, "For clients that cannot send the header, which wins."),
        }
    }

    def list(self, request: Request) -> StreamResponse:
        incident = views.single(request, "incident")
        types = request.GET.getlist("type")
        if unknown := set(types).difference(TYPES):
            raise Invalid.field("type", f"{sorted(unknown)[0]!r} is none of {', '.join(TYPES)}.")
        wanted = Wanted(views.identifier("incident", incident) if incident is not None else None, frozenset(types))
        after, present = beginning(request)
        if hub.is_full():
            raise StreamsFull
        credential = standing.credential_of(request._request)
        return StreamResponse(
            Accepted(after or present.now, present, after is None, wanted, credential, request_id.current())
        )


def beginning(request: Request) -> tuple[Position | None, Present]:
    """After what the client has, if it has anything, and where the log stands now."""
    name, text = "Last-Event-ID", request.META.get("HTTP_LAST_EVENT_ID")
    if text is None:
        name, text = "last_event_id", views.single(request, "last_event_id")
    present = log.present()
    if text is None:
        return None, present
    after = position.parse(text)
    if after is None or not present.includes(after):
        raise Invalid.field(name, "This is not an id of this stream. Begin anew, without one.")
    if log.is_too_old(after):
        raise Invalid.field(name, "This id is older than a day. Begin anew, without one.")
    return after, present
