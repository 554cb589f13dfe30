"""What follows from events where the service's worker is tried out."""

import logging
from pathlib import Path

from core.models import IdempotencyKey
from incidents.models import IncidentEvent
from tests.worker_app import jobs

logger = logging.getLogger(__name__)


def tell(event: IncidentEvent) -> None:
    logger.info("reacted", extra={"event": event.type})


def write_and_defer(event: IncidentEvent) -> None:
    IdempotencyKey.objects.create(principal="reaction", key=event.pk, fingerprint="", expires_at=event.created_at)
    jobs.take_time.defer(path=event.data["body"], seconds=0)


def fail_once(event: IncidentEvent) -> None:
    file = Path(event.data["body"])
    if not file.exists():
        file.write_text("failed\n")
        raise ValueError("the first time")


SUBSCRIPTIONS = {"CREATED": [tell], "COMMENTED": [write_and_defer, fail_once]}
