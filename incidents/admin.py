"""Incidents and their events on the admin site. Whatever is written goes through the services."""

import json
import re
import uuid
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.text import Truncator

from core import uuids
from core.admin_forms import ServiceAdmin
from core.admin_pages import ReadOnlyAdmin, filter_by
from core.clock import now
from core.errors import DomainError
from core.views import UUID
from incidents import cache, detail, lifecycle, query_language, services
from incidents.admin_forms import EditForm, OpenForm
from incidents.models import Incident, IncidentEvent, Severity, Status
from incidents.preconditions import Expected
from incidents.query_language import NotUnderstood
from incidents.search import engine
from users.models import User

SHOWN_EVENTS = 20
SHOWN_DATA = 300
NUMBER = re.compile(r"#\s?(\d{1,18})", re.ASCII)
WORK = ("title", "severity", "description", "metadata", "assignee")
FACTS = ("number", "created_by", "created_at", "updated_at", "acknowledged_at", "resolved_at", "events")


class AssigneeFilter(admin.SimpleListFilter):
    title = parameter_name = "assignee"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("me", "Me"), ("none", "Nobody")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        value = self.value()
        if value is None:
            return None
        if value == "none":
            return queryset.filter(assignee=None)
        try:
            return queryset.filter(assignee=request.user.pk if value == "me" else uuid.UUID(value))
        except ValueError:
            raise IncorrectLookupParameters from None


class CreatedFilter(admin.SimpleListFilter):
    title = parameter_name = "created"
    days = {"day": 1, "week": 7, "month": 30, "year": 365}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, f"In the last {name}") for name in self.days] + [("before", "Over a year ago")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        value = self.value()
        if value is None:
            return None
        if value == "before":
            return queryset.filter(created_at__lt=now() - timedelta(days=365))
        if value not in self.days:
            raise IncorrectLookupParameters
        return queryset.filter(created_at__gte=now() - timedelta(days=self.days[value]))


def person(request: HttpRequest) -> User:
    """Who is at the keyboard: the site lets nobody else in."""
    user: Any = request.user
    return user  # type: ignore[no-any-return]  # as said


def refresh(incident_id: uuid.UUID) -> None:
    """Put what is stored now into the cache, as a write through the API does."""
    built = detail.build(incident_id)
    if built is not None:
        cache.put(incident_id, *built)


def refresh_after_commit(incident_id: uuid.UUID) -> None:
    transaction.on_commit(lambda: refresh(incident_id), robust=True)


@admin.register(Incident)
class IncidentAdmin(ServiceAdmin):
    form, add_form = EditForm, OpenForm
    unread = ("search",)
    list_display = ("number", "title", "severity", "status", "assignee", "created_at", "updated_at")
    list_display_links = ("number", "title")
    list_select_related = ("assignee",)
    list_defer = ("description", "metadata")
    list_filter = (
        filter_by("status", Status.values),
        filter_by("severity", Severity.values),
        AssigneeFilter,
        CreatedFilter,
    )
    lookups = ("status", "severity", "assignee", "created_by", "created")
    ordering = ("-created_at", "-id")
    sortable = {"created_at": ("created_at", "id"), "updated_at": ("updated_at", "id")}
    search_fields = ("search",)
    search_help_text = "#42, an id, or words of the title, the description or a comment"
    readonly_fields = FACTS
    actions = ("acknowledge", "resolve")
    log = ("incidents_incidentevent", "incident")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [(None, {"fields": (*WORK, "created_by")})]
        return [
            (None, {"fields": ("seen_version", *WORK)}),
            ("Status", {"fields": ("status", "note")}),
            ("Facts", {"fields": FACTS}),
        ]

    def found(self, request: HttpRequest, queryset: QuerySet[Any], words: str) -> QuerySet[Any]:
        number = NUMBER.fullmatch(words)
        if number:
            return queryset.filter(number=int(number[1]))
        if UUID.fullmatch(words):
            return queryset.filter(pk=words)
        try:
            return engine().among(queryset, query_language.plain(words))  # type: ignore[arg-type]  # an IncidentQuerySet
        except NotUnderstood as error:
            self.message_user(request, error.sentence, messages.WARNING)
            return queryset.none()

    def write(self, request: HttpRequest, form: Any, *, is_new: bool) -> Incident:
        incident_id = self.opened(request, form) if is_new else self.edited(request, form)
        refresh_after_commit(incident_id)
        return Incident.objects.get(pk=incident_id)

    def opened(self, request: HttpRequest, form: OpenForm) -> uuid.UUID:
        given: dict[str, Any] = dict(form.given)
        for name in ("assignee", "created_by"):
            given[name] = services.active_user(name, given[name])
        opened: uuid.UUID = services.open_incident(**given, actor=person(request)).pk
        return opened

    def edited(self, request: HttpRequest, form: EditForm) -> uuid.UUID:
        incident_id: uuid.UUID = form.instance.pk
        expected = Expected(frozenset({form.cleaned_data["seen_version"]}))
        services.edit_incident(incident_id, **form.edits, actor=person(request), expected=expected)
        if form.move:
            move = dict(form.move)
            lifecycle.change_status(incident_id, move.pop("status"), **move, actor=person(request))
        return incident_id

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Its events go with it, and may be many: they are not listed."""
        return [f"{shown}, with its events" for shown in objs], {"incidents": len(objs)}, set(), []

    def delete_model(self, request: HttpRequest, obj: Incident) -> None:
        services.delete_incident(obj.pk, actor=person(request))

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except DomainError as error:  # somebody else has just deleted it
            self.message_user(request, error.message, messages.WARNING)
            return HttpResponseRedirect(reverse("admin:incidents_incident_changelist"))

    @admin.action(description="Acknowledge selected incidents")
    def acknowledge(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self.move(request, Status.ACK, "acknowledged")

    @admin.action(description="Resolve selected incidents")
    def resolve(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self.move(request, Status.RESOLVED, "resolved")

    def move(self, request: HttpRequest, to: Status, done: str) -> None:
        def change(incident_id: uuid.UUID) -> bool:
            is_changed = lifecycle.change_status(incident_id, to, actor=person(request))
            refresh_after_commit(incident_id)
            return is_changed

        self.each_ticked(request, change, done)

    @admin.display(description="newest events")
    def events(self, incident: Incident) -> str:
        newest = incident.events.select_related("actor").defer("search").order_by("-sequence")[:SHOWN_EVENTS]
        shown = [(event, brief(event.data)) for event in newest]
        told = {"events": shown, "all": self.history_address(str(incident.pk))}
        return render_to_string("admin/incidents/events.html", told)


def brief(data: dict[str, Any]) -> str:
    return Truncator(json.dumps(data, ensure_ascii=False)).chars(SHOWN_DATA)


@admin.register(IncidentEvent)
class IncidentEventAdmin(ReadOnlyAdmin):
    unread = ("search",)
    list_display = ("sequence", "incident", "type", "actor", "created_at", "request_id")
    list_select_related = ("incident", "actor")
    list_defer = ("data", "incident__search", "incident__description", "incident__metadata")
    fields = ("sequence", "incident", "type", "actor", "data", "request_id", "created_at")
    lookups = ("incident",)
    ordering = ("-sequence",)
    search_fields = ("id",)
    search_help_text = "#42 or the id of an incident, or the id of an event"

    def found(self, request: HttpRequest, queryset: QuerySet[Any], words: str) -> QuerySet[Any]:
        number = NUMBER.fullmatch(words)
        if number:
            return queryset.filter(incident__number=int(number[1]))
        asked = uuids.parsed(words)
        if asked is None:
            return queryset.none()
        return queryset.filter(incident=asked) | queryset.filter(pk=asked)
