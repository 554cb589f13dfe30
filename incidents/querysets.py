"""Reads of incidents and their events, named for their use."""

import uuid
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
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

# From so many hits on, a search walks the list instead of sorting its hits.
COMMON = 10_000


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
        """Those whose title, description or comments match. Costs one more query, which looks for the COMMON-th hit.

        Few hits are found by the text indexes and then sorted. Many are met soon by walking the list in its order,
        where to gather and sort them all took seconds among a million incidents.
        """
        own = self.model.objects.filter(search=query)
        comments = self.model._meta.get_field("events").related_model.objects.commented(query)
        hits = own.values("pk")[:COMMON].union(comments.values("incident_id")[:COMMON], all=True)
        is_common = bool(hits[COMMON - 1 : COMMON])
        if not is_common:
            return self.filter(one_of(own.values("pk").union(comments.values("incident_id"))))
        return self.filter(models.Q(search=query) | models.Exists(comments.filter(incident_id=models.OuterRef("pk"))))


def one_of(ids: "models.QuerySet[Any, Any]") -> models.Func:
    """Like `pk__in`, but gathered once: a planner that takes the table for empty, as after an import that it has not
    looked at yet, gathers them again for each row, and 10,000 rows took 46 seconds."""
    return models.Func(
        models.F("pk"),
        ArraySubquery(ids),
        template="%(expressions)s)",
        arg_joiner=" = ANY(",
        output_field=models.BooleanField(),
    )


class EventQuerySet(models.QuerySet):  # type: ignore[type-arg]  # the model imports this module
    def commented(self, query: SearchQuery) -> "EventQuerySet":
        return self.filter(type="COMMENTED", search=query)

    def of(self, incident_id: uuid.UUID) -> "EventQuerySet":
        return self.filter(incident_id=incident_id)

    def for_list(self) -> Any:
        """Rows of EVENT_COLUMNS in one query, unordered."""
        return self.values_list(*EVENT_COLUMNS)
