"""What follows from events where the service's worker is tried out."""

import logging
from pathlib import Path

from core.models import IdempotencyKey
from incidents.history import Moment
from tests.worker_app import jobs

logger = logging.getLogger(__name__)


def tell(moment: Moment) -> None:
    logger.info("reacted", extra={"event": moment.type})


def write_and_defer(moment: Moment) -> None:
    IdempotencyKey.objects.create(
        principal="reaction", key=moment.event["id"], fingerprint="", expires_at=moment.event["created_at"]
    )
    jobs.take_time.defer(path=moment.event["data"]["body"], seconds=0)


def fail_once(moment: Moment) -> None:
    file = Path(moment.event["data"]["body"])
    if not file.exists():
        file.write_text("failed\n")
        raise ValueError("the first time")


SUBSCRIPTIONS = {"CREATED": [tell], "COMMENTED": [write_and_defer, fail_once]}
