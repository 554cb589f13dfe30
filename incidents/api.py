"""Incidents over HTTP: each action translates, and nothing else."""

import uuid
from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request

from core import idempotency, pagination, views
from core.callers import ADMIN, READ, WRITE
from core.errors import Invalid, PermissionDenied
from core.pagination import Keyset, Select
from incidents import cache, detail, filters, lifecycle, openapi, preconditions, representation, services
from incidents.errors import IncidentNotFound
from incidents.models import Severity
from incidents.preconditions import Expected
from incidents.search import answer
from incidents.serializers import ChangeStatusInput, CommentInput, EditInput, OpenInput

KEYSETS = {
    "-created_at": Keyset(("created_at", "id"), descending=True),
    "created_at": Keyset(("created_at", "id")),
    "-updated_at": Keyset(("updated_at", "id"), descending=True),
    "severity": Keyset(("created_at", "id"), descending=True, segment=("severity", tuple(Severity.values))),
}
INCIDENTS = Select(representation.INCIDENT, representation.INCIDENTS, "i")
EVENTS = Select(representation.EVENT, representation.EVENTS, "e")
BY_SEQUENCE = Keyset(("sequence",))
HONOUR_IF_MATCH = frozenset({"partial_update", "status", "destroy"})


class IncidentViewSet(views.ApiViewSet):
    operations = openapi.INCIDENTS
    access = {
        "list": READ,
        "create": WRITE,
        "retrieve": READ,
        "partial_update": WRITE,
        "destroy": ADMIN,
        "status": WRITE,
        "comments": WRITE,
        "events": READ,
    }
    claiming = frozenset({"create"})
    parameters = {"list": filters.PARAMETERS, "events": pagination.PARAMETERS}

    def refuse_object(self, pk: uuid.UUID) -> None:
        stamp = cache.current(pk)
        if stamp is None:
            raise IncidentNotFound
        expected = self.expected(pk) if self.action in HONOUR_IF_MATCH else None
        if expected is not None:
            expected.check(stamp.version)

    def expected(self, pk: uuid.UUID) -> Expected | None:
        """What If-Match asks for. That there is no such incident comes before a header that does not fit."""
        try:
            return preconditions.if_match(self.request.META.get("HTTP_IF_MATCH"))
        except Invalid:
            if cache.current(pk) is None:
                raise IncidentNotFound from None
            raise

    def list(self, request: Request) -> HttpResponse:
        wanted = filters.wanted(request, self.caller)
        order = filters.ordering(request, wanted.text)
        has_more = [filters.flag(request, name) for name in ("typos", "highlight")]
        if wanted.text is None and not any(has_more):
            select = replace(INCIDENTS, conditions=wanted.conditions("i"))
            return pagination.respond_json(request, select, KEYSETS[order])
        return answer.answer(wanted, request, KEYSETS.get(order))

    def create(self, request: Request) -> HttpResponse:
        data = self.validated(OpenInput)
        author, caller = self.author(data.pop("created_by", None)), self.caller.user
        assignee = services.active_user("assignee", data.pop("assignee", None))
        claim = idempotency.claim_of(request._request)
        opened = services.open_and_show(**data, actor=caller, created_by=author, assignee=assignee, claim=claim)
        return views.json_bytes(opened.body.encode(), 201, Location=f"/v1/incidents/{opened.id}")

    def author(self, user_id: uuid.UUID | None) -> Any:
        """Somebody else may be named by an admin, and by anybody on a service that is open to all."""
        caller = self.caller
        if user_id is None or (caller.user and caller.user.pk == user_id):
            return None
        if caller.user is not None and not caller.is_admin:
            raise PermissionDenied("Only an administrator may name somebody else as the creator.")
        return services.active_user("created_by", user_id)

    def retrieve(self, request: Request, pk: uuid.UUID) -> HttpResponse:
        stamp = cache.current(pk)
        if stamp is None:
            raise IncidentNotFound
        if preconditions.if_none_match(request.META.get("HTTP_IF_NONE_MATCH"), stamp.etag):
            return views.json_bytes(b"", 304, ETag=stamp.etag)
        body = cache.get(pk, stamp)
        if body is not None:
            return views.json_bytes(body, ETag=stamp.etag, X_Cache="HIT")
        response = self.detail_response(pk)
        response.headers["X-Cache"] = "MISS"
        return response

    def detail_response(self, pk: uuid.UUID, built: detail.Built | None = None) -> HttpResponse:
        """The incident as it is now, which may be newer than what the caller has just written."""
        built = built or detail.build(pk)
        if built is None:
            raise IncidentNotFound
        stamp, body = built
        cache.put(pk, stamp, body)
        return views.json_bytes(body, ETag=stamp.etag)

    def partial_update(self, request: Request, pk: uuid.UUID) -> HttpResponse:
        data = self.validated(EditInput)
        services.edit_incident(pk, **data, actor=self.caller.user, expected=self.expected(pk))
        return self.detail_response(pk)

    @action(detail=True, methods=["patch"])
    def status(self, request: Request, pk: uuid.UUID) -> HttpResponse:
        data = self.validated(ChangeStatusInput)
        shown = lifecycle.change_and_show(
            pk, data.pop("status"), **data, actor=self.caller.user, expected=self.expected(pk)
        )
        return self.detail_response(pk, shown)

    @action(detail=True, methods=["post"])
    def comments(self, request: Request, pk: uuid.UUID) -> HttpResponse:
        recorded = services.comment(pk, **self.validated(CommentInput), actor=self.caller.user)
        return views.json(representation.recorded(recorded), 201)

    @action(detail=True, methods=["get"])
    def events(self, request: Request, pk: uuid.UUID) -> HttpResponse:
        self.refuse_object(pk)
        of_this = replace(EVENTS, conditions=[("e.incident_id = %s", [pk])])
        return pagination.respond_json(request, of_this, BY_SEQUENCE)

    def destroy(self, request: Request, pk: uuid.UUID) -> HttpResponse:
        services.delete_incident(pk, actor=self.caller.user, expected=self.expected(pk))
        return views.no_content()
