"""Reads of incidents and their events, named for their use."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

INCIDENT_COLUMNS = (
    "id",
    "number",
    "title",
    "description",
    "severity",
    "status",
    "metadata",
    "created_by_id",
    "created_by__name",
    "created_by__email",
    "assignee_id",
    "assignee__name",
    "assignee__email",
    "version",
    "created_at",
    "updated_at",
    "acknowledged_at",
    "resolved_at",
)
EVENT_COLUMNS = (
    "id",
    "sequence",
    "type",
    "data",
    "request_id",
    "created_at",
    "actor_id",
    "actor__name",
    "actor__email",
)


class IncidentQuerySet(models.QuerySet):  # type: ignore[type-arg]  # the model imports this module
    def for_list(self) -> Any:
        """Rows of INCIDENT_COLUMNS in one query, unordered."""
        return self.values_list(*INCIDENT_COLUMNS)

    def for_page(self) -> "IncidentQuerySet":
        """With the people that a page names, and without what only a search reads."""
        return self.select_related("assignee", "created_by").defer("search")

    def beside(self, incident: Any) -> tuple[Any, Any]:
        """(id, number, title) of the next newer incident and of the next older one, each None at its end."""
        place = (incident.created_at, incident.pk)
        columns, when = ("id", "number", "title", "created_at"), Tuple("created_at", "id")
        newer = self.filter(TupleGreaterThan(when, place)).order_by("created_at", "id").values_list(*columns)[:1]
        older = self.filter(TupleLessThan(when, place)).order_by("-created_at", "-id").values_list(*columns)[:1]
        found = {row[3:] + row[:1] > place: row[:3] for row in newer.union(older, all=True)}
        return found.get(True), found.get(False)

    def for_board(self) -> "IncidentQuerySet":
        """With the person who has it, and without the long texts."""
        return self.select_related("assignee").defer("search", "description", "metadata")

    def newest_of(self, statuses: Iterable[str], most: int) -> "IncidentQuerySet":
        """At most `most` of each status, found by its index, however many others there are."""
        newest = (self.filter(status=status).order_by("-created_at", "-id").values("pk")[:most] for status in statuses)
        first, *others = newest
        return self.filter(pk__in=first.union(*others, all=True))

    def open(self) -> "IncidentQuerySet":
        """What still needs somebody."""
        return self.exclude(status="RESOLVED")


class EventQuerySet(models.QuerySet):  # type: ignore[type-arg]  # the model imports this module
    def of(self, incident_id: uuid.UUID) -> "EventQuerySet":
        return self.filter(incident_id=incident_id)

    def for_list(self) -> Any:
        """Rows of EVENT_COLUMNS in one query, unordered."""
        return self.values_list(*EVENT_COLUMNS)
