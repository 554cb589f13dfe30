"""Reads of incidents and their events, named for their use."""

import uuid
from datetime import datetime
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db import models

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

    def open(self) -> "IncidentQuerySet":
        """What still needs somebody."""
        return self.exclude(status="RESOLVED")

    def created_between(self, after: datetime | None, before: datetime | None) -> "IncidentQuerySet":
        """`after` is included, `before` is not."""
        rows = self.filter(created_at__gte=after) if after else self
        return rows.filter(created_at__lt=before) if before else rows

    def matching(self, query: SearchQuery) -> "IncidentQuerySet":
        """Those whose title, description or comments match. Two index reads; their union is then met by id."""
        own = self.model.objects.filter(search=query).values("pk")
        events = self.model._meta.get_field("events").related_model
        commented = events.objects.filter(type="COMMENTED", search=query).values("incident_id")
        return self.filter(pk__in=own.union(commented))


class EventQuerySet(models.QuerySet):  # type: ignore[type-arg]  # the model imports this module
    def of(self, incident_id: uuid.UUID) -> "EventQuerySet":
        return self.filter(incident_id=incident_id)

    def for_list(self) -> Any:
        """Rows of EVENT_COLUMNS in one query, unordered."""
        return self.values_list(*EVENT_COLUMNS)
