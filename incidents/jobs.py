"""What the worker does for incidents."""

import logging
import uuid

from procrastinate.contrib.django import app

from core import jobs, request_id
from incidents import reactions, times
from incidents.analytics import tallies
from incidents.models import EventType

logger = logging.getLogger(__name__)


# As procrastinate writes it. To defer by a statement of its own, with a transaction around both, is three more trips.
QUEUED = """queued AS (
    INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, args)
    SELECT 'reactions', '{task}', {priority}, id::text,
           jsonb_build_object('event_id', %(event)s::text, 'event_type', '{type}', 'request_id', %(carried)s::text)
    FROM {source}
),"""


@app.task(queue="reactions", retry=jobs.Backoff())
def react(event_id: str, event_type: str, request_id: str) -> None:
    with jobs.on_behalf_of(request_id):
        reactions.react(uuid.UUID(event_id), event_type)


def queued(event_type: str, source: str) -> str:
    """Of the statement that writes an event: the job of its reactions, if any are to follow from this type. `source`
    gives the incident's id, while %(event)s and %(carried)s are its values.

    Those of one incident run one after the other, in the order in which its events were written; new incidents first.
    """
    if not reactions.to(event_type):
        return ""
    priority = int(event_type == EventType.CREATED)
    return QUEUED.format(type=event_type, source=source, priority=priority, task=react.name)


def defer_reactions(event_id: uuid.UUID, event_type: str, incident_id: uuid.UUID) -> None:
    """The same where it is a statement by itself. A rollback takes the job with it."""
    if reactions.to(event_type):
        react.configure(lock=str(incident_id)).defer(
            event_id=str(event_id), event_type=event_type, request_id=request_id.for_job()
        )


@app.periodic(cron="12 * * * *")
@app.task(queue="housekeeping", queueing_lock="count_days")
def count_days(timestamp: int) -> None:
    logger.info("days_counted", extra={"count": times.count()})


@app.periodic(cron="* * * * *")
@app.task(queue="housekeeping", queueing_lock="follow_tallies", lock="follow_tallies")
def follow_tallies(timestamp: int) -> None:
    logger.debug("tallies_followed", extra={"count": tallies.follow()})
