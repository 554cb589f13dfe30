"""What every job shares, and the worker's own housekeeping."""

import logging
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import procrastinate
from procrastinate import jobs
from procrastinate.contrib.django import app

from core import expired_keys, request_id

logger = logging.getLogger(__name__)

PAUSES_SECONDS = (1, 5, 30, 120, 300)
STALLED_AFTER_SECONDS = 30
KEEP_JOBS_HOURS = 24 * 7


class Backoff(procrastinate.BaseRetryStrategy):
    """Five more tries, each pause 20 % more or less than it says, so that a crowd does not come back at once."""

    def get_retry_decision(self, *, exception: BaseException, job: jobs.Job) -> procrastinate.RetryDecision | None:
        if job.attempts >= len(PAUSES_SECONDS):
            return None
        pause = PAUSES_SECONDS[job.attempts] * random.uniform(0.8, 1.2)  # noqa: S311  no secret hangs on it
        return procrastinate.RetryDecision(retry_at=datetime.now(UTC) + timedelta(seconds=pause))


@contextmanager
def on_behalf_of(id_of_request: str) -> Iterator[None]:
    """Let the log lines and events of a job carry the id of the request that caused it."""
    before = request_id.current()
    request_id.begin(id_of_request)
    try:
        yield
    finally:
        request_id.begin(before)


@app.periodic(cron="7 * * * *")
@app.task(queue="housekeeping", queueing_lock="purge_idempotency_keys")
def purge_idempotency_keys(timestamp: int) -> None:
    logger.info("idempotency_keys_purged", extra={"count": expired_keys.purge()})


@app.periodic(cron="* * * * *")
@app.task(queue="housekeeping", queueing_lock="retry_stalled", pass_context=True)
async def retry_stalled(context: procrastinate.JobContext, timestamp: int) -> None:
    """The jobs of a worker that was killed: procrastinate itself never hands them to another."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS):
        logger.warning("job_of_a_dead_worker", extra={"job_id": job.id, "task": job.task_name})
        await manager.retry_job(job)


@app.periodic(cron="17 3 * * *")
@app.task(queue="housekeeping", queueing_lock="forget_old_jobs", pass_context=True)
async def forget_old_jobs(context: procrastinate.JobContext, timestamp: int) -> None:
    await context.app.job_manager.delete_old_jobs(nb_hours=KEEP_JOBS_HOURS)
