"""What the worker does for notifications, besides sending them."""

import logging

from procrastinate.contrib.django import app

from notifications import old_deliveries, summary

logger = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(queue="mail", queueing_lock="write_summaries")
def write_summaries(timestamp: int) -> None:
    """Every minute, since the clock that counts is PostgreSQL's and not the one that starts this."""
    if count := summary.write_due():
        logger.info("summaries_written", extra={"count": count})


@app.periodic(cron="37 * * * *")
@app.task(queue="housekeeping", queueing_lock="purge_deliveries")
def purge_deliveries(timestamp: int) -> None:
    logger.info("deliveries_purged", extra={"count": old_deliveries.purge()})
