"""Reads of endpoints and deliveries, named for their use."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL

from core.clock import app_now

MOST_CHOICES = 200
MOST_COUNTED = 1_000
# Of one endpoint, however much waits for it or went there.
WAITING = f"""(SELECT count(*) FROM (
    SELECT FROM notifications_delivery d WHERE d.endpoint_id = notifications_endpoint.id AND d.state = 'PENDING'
    LIMIT {MOST_COUNTED}) AS few)"""  # noqa: S608  put together from constants
LAST_ATTEMPT = f"""(SELECT max(claimed_at) FROM (
    (SELECT claimed_at FROM notifications_delivery d WHERE d.endpoint_id = notifications_endpoint.id
     ORDER BY id DESC LIMIT 50)
    UNION ALL
    (SELECT claimed_at FROM notifications_delivery d WHERE d.endpoint_id = notifications_endpoint.id
     AND d.state = 'PENDING' LIMIT {MOST_COUNTED})) AS few)"""  # noqa: S608  the same


class EndpointQuerySet(models.QuerySet):  # type: ignore[type-arg]  # the model imports this module
    def wanting(self, type: str, severity: str) -> "EndpointQuerySet":
        """Those that a thing of this type goes to. One that is disabled is told, too, as soon as it is back."""
        return self.filter(
            Q(events=[]) | Q(events__contains=[type]), Q(severities=[]) | Q(severities__contains=[severity])
        )

    def for_page(self) -> "EndpointQuerySet":
        """With `waiting` (MOST_COUNTED and more are not counted) and `last_attempt_at`, without its secrets."""
        rows: EndpointQuerySet = self.defer("secret", "previous_secret").annotate(
            waiting=RawSQL(WAITING, [], models.IntegerField()),  # noqa: S611  constants
            last_attempt_at=RawSQL(LAST_ATTEMPT, [], models.DateTimeField()),  # noqa: S611  constants
        )
        return rows

    def to_choose_from(self) -> "EndpointQuerySet":
        """To choose from: those that were made last."""
        newest: EndpointQuerySet = self.only("id", "kind", "url", "description").order_by("-id")[:MOST_CHOICES]
        return newest


class DeliveryQuerySet(models.QuerySet):  # type: ignore[type-arg]  # the same
    def pending(self) -> "DeliveryQuerySet":
        return self.filter(state="PENDING")

    def idle(self) -> "DeliveryQuerySet":
        """Not on its way: never claimed, waiting for its next attempt, or claimed by somebody who was lost."""
        return self.filter(Q(attempt_id=None) | Q(due_at__lte=app_now()))

    def for_page(self) -> "DeliveryQuerySet":
        """With whom it is for; what it says is long, and left out."""
        return self.select_related("endpoint", "person").defer(
            "payload", "endpoint__secret", "endpoint__previous_secret", "person__password"
        )

    def ahead_of(self, delivery: Any) -> "DeliveryQuerySet":
        """What it waits for: the older ones of its incident to its target."""
        return self.beside(delivery).filter(sequence__lt=delivery.sequence).order_by("sequence")

    def beside(self, delivery: Any) -> "DeliveryQuerySet":
        """What is pending of its incident to its target."""
        return self.pending().filter(
            incident_id=delivery.incident_id, endpoint=delivery.endpoint_id, person=delivery.person_id
        )

    def finish(self, state: str) -> int:
        return self.update(state=state, finished_at=app_now(), attempt_id=None)

    def put_back(self) -> int:
        """To the beginning of its tries."""
        return self.update(state="PENDING", attempts=0, attempt_id=None, finished_at=None, due_at=app_now())
