"""What the worker does for incidents."""

import logging
import uuid

from procrastinate.contrib.django import app

from core import jobs, request_id
from incidents import reactions, times, vocabulary
from incidents.analytics import tallies
from incidents.models import EventType

logger = logging.getLogger(__name__)


# As procrastinate writes it. To defer by a statement of its own, with a transaction around both, is three more trips.
QUEUED = """queued AS (
    INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, args)
    SELECT 'reactions', '{task}', {priority}, i.id::text,
           jsonb_build_object('event_id', %(event)s::text, 'event_type', '{type}', 'request_id', %(carried)s::text)
    FROM {source} AS i WHERE {condition}
),"""


@app.task(queue="reactions", retry=jobs.Backoff())
def react(event_id: str, event_type: str, request_id: str) -> None:
    def again(reaction: str) -> None:
        """Without the lock: what comes after it need not wait until it works again, or is given up."""
        react_alone.defer(event_id=event_id, event_type=event_type, reaction=reaction, request_id=request_id)

    with jobs.on_behalf_of(request_id):
        reactions.react(uuid.UUID(event_id), event_type, again)


@app.task(queue="reactions", retry=jobs.Backoff())
def react_alone(event_id: str, event_type: str, reaction: str, request_id: str) -> None:
    with jobs.on_behalf_of(request_id):
        reactions.react_alone(uuid.UUID(event_id), event_type, reaction)


def queued(event_type: str, source: str) -> str:
    """Of the statement that writes an event: the job of its reactions, if any may have something to do. `source` gives
    the incident, as reactions.when says, while %(event)s and %(carried)s are its values.

    Those of one incident run one after the other, in the order in which its events were written; new incidents first.
    """
    condition = reactions.condition(event_type)
    if not condition:
        return ""
    priority = int(event_type == EventType.CREATED)
    return QUEUED.format(type=event_type, source=source, priority=priority, condition=condition, task=react.name)


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


@app.periodic(cron="* * * * *")
@app.task(queue="housekeeping", queueing_lock="learn_words", lock="learn_words")
def learn_words(timestamp: int) -> None:
    logger.debug("words_learnt", extra={"count": vocabulary.learn()})
