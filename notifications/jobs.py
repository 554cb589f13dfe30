"""What the worker does for notifications, besides sending them."""

import logging

from procrastinate.contrib.django import app

from notifications import summary

logger = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(queue="mail", queueing_lock="write_summaries")
def write_summaries(timestamp: int) -> None:
    """Every minute, since the clock that counts is PostgreSQL's and not the one that starts this."""
    if count := summary.write_due():
        logger.info("summaries_written", extra={"count": count})
