"""What the worker does for incidents."""

import logging
import uuid

from procrastinate.contrib.django import app

from core import jobs, request_id
from incidents import reactions, times
from incidents.models import EventType

logger = logging.getLogger(__name__)


@app.task(queue="reactions", retry=jobs.Backoff())
def react(event_id: str, event_type: str, request_id: str) -> None:
    with jobs.on_behalf_of(request_id):
        reactions.react(uuid.UUID(event_id), event_type)


def defer_reactions(event_id: uuid.UUID, event_type: str, incident_id: uuid.UUID) -> None:
    """Have the worker react, if anything is to follow from this type. A rollback takes the job with it.

    Those of one incident run one after the other, in the order in which its events were written; new incidents first.
    """
    if reactions.to(event_type):
        react.configure(lock=str(incident_id), priority=int(event_type == EventType.CREATED)).defer(
            event_id=str(event_id), event_type=event_type, request_id=request_id.current()
        )


@app.periodic(cron="12 * * * *")
@app.task(queue="housekeeping", queueing_lock="count_days")
def count_days(timestamp: int) -> None:
    logger.info("days_counted", extra={"count": times.count()})
