"""Reads of endpoints and deliveries, named for their use."""

from typing import Any

from django.db import models
from django.db.models import Q

from core.clock import app_now


class EndpointQuerySet(models.QuerySet):  # type: ignore[type-arg]  # the model imports this module
    def wanting(self, type: str, severity: str) -> "EndpointQuerySet":
        """Those that a thing of this type goes to. One that is disabled is told, too, as soon as it is back."""
        return self.filter(
            Q(events=[]) | Q(events__contains=[type]), Q(severities=[]) | Q(severities__contains=[severity])
        )


class DeliveryQuerySet(models.QuerySet):  # type: ignore[type-arg]  # the same
    def pending(self) -> "DeliveryQuerySet":
        return self.filter(state="PENDING")

    def idle(self) -> "DeliveryQuerySet":
        """Not on its way: never claimed, waiting for its next attempt, or claimed by somebody who was lost."""
        return self.filter(Q(attempt_id=None) | Q(due_at__lte=app_now()))

    def finish(self, state: str) -> int:
        return self.update(state=state, finished_at=app_now(), attempt_id=None)

    def put_back(self) -> int:
        """To the beginning of its tries."""
        return self.update(state="PENDING", attempts=0, attempt_id=None, finished_at=None, due_at=app_now())

    def following(self, delivery: Any) -> "DeliveryQuerySet":
        """The one that waits for `delivery` alone: the next of its incident to its target."""
        waiting = self.pending().filter(
            incident_id=delivery.incident_id,
            endpoint=delivery.endpoint_id,
            person=delivery.person_id,
            sequence__gt=delivery.sequence,
        )
        return self.filter(pk__in=waiting.order_by("sequence").values("pk")[:1])
