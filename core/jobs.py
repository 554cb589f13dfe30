"""What every job shares, and the worker's own housekeeping."""

import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import procrastinate
from django.db import transaction
from procrastinate import jobs, sql
from procrastinate.contrib.django import app

from core import expired_keys, metrics, request_id
from core.postgres import rows

logger = logging.getLogger(__name__)

PAUSES_SECONDS = (1, 5, 30, 120, 300)
HEARTBEAT_SECONDS = 5.0
STALLED_AFTER_SECONDS = 15
KEEP_JOBS_HOURS = 24 * 7
# Of a SELECT: what procrastinate's own trigger would say of each job, had migration 0003 not taken it away.
WAKE_WORKERS = """pg_notify('procrastinate_any_queue_v1', '{"type": "job_inserted", "job_id": 0}')"""

# Locked, so that of two who look at the same time one hands a job back. No join: it would look at the row of the
# worker that a job had before the lock was waited for.
LOCK_STALLED = """
SELECT id, task_name, attempts FROM procrastinate_jobs AS job
WHERE status = 'doing' AND NOT EXISTS (
    SELECT 1 FROM procrastinate_workers
    WHERE id = job.worker_id AND last_heartbeat > now() - make_interval(secs => %s))
ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
"""


class Backoff(procrastinate.BaseRetryStrategy):
    """Five more tries, each pause 20 % more or less than it says, so that a crowd does not come back at once."""

    def get_retry_decision(self, *, exception: BaseException, job: jobs.Job) -> procrastinate.RetryDecision | None:
        if job.attempts >= len(PAUSES_SECONDS):
            metrics.jobs_given_up.labels(job.task_name).inc()
            return None
        pause = PAUSES_SECONDS[job.attempts] * random.uniform(0.8, 1.2)  # noqa: S311  no secret hangs on it
        return procrastinate.RetryDecision(retry_at=datetime.now(UTC) + timedelta(seconds=pause))


@contextmanager
def on_behalf_of(id_of_request: str) -> Iterator[None]:
    """Let the log lines and events of a job carry the id of the request that caused it."""
    before = request_id.current()
    request_id.begin(request_id.of_job(id_of_request)[0])
    try:
        yield
    finally:
        request_id.begin(before)


async def carry_request_id(
    call_next: Callable[[], Awaitable[Any]], context: procrastinate.JobContext, worker: Any
) -> Any:
    """Runs around each job. What the worker logs of the job's end carries the id, too: it goes on in this context."""
    job = context.job
    request_id.begin(request_id.of_job(str(job.task_kwargs.get("request_id", "")))[0])
    began, outcome = time.monotonic(), "failed"
    try:
        result = await call_next()
    except Exception:
        extra = {"job_id": job.id, "task": job.task_name, "attempt": job.attempts + 1}
        logger.warning("job_failed", exc_info=True, extra=extra)
        raise
    else:
        outcome = "succeeded"
        return result
    finally:
        metrics.job_seconds.labels(job.task_name, outcome).observe(time.monotonic() - began)


@app.periodic(cron="7 * * * *")
@app.task(queue="housekeeping", queueing_lock="purge_idempotency_keys")
def purge_idempotency_keys(timestamp: int) -> None:
    logger.info("idempotency_keys_purged", extra={"count": expired_keys.purge()})


@app.periodic(cron="* * * * * */15")
@app.task(queue="housekeeping", queueing_lock="retry_stalled")
@transaction.atomic
def retry_stalled(timestamp: int) -> None:
    """The jobs of a worker that was killed: procrastinate itself never hands them to another."""
    for job_id, task, attempts in rows.run(LOCK_STALLED, [STALLED_AFTER_SECONDS]):
        hand_back(job_id, task, attempts)


def hand_back(job_id: int, task: str, attempts: int) -> None:
    extra = {"job_id": job_id, "task": task, "attempt": attempts + 1}
    if attempts >= len(PAUSES_SECONDS):
        logger.error("job_given_up", extra=extra)  # it may well be what kills its workers
        metrics.jobs_given_up.labels(task).inc()
        finish(job_id, jobs.Status.FAILED)
        return
    logger.warning("job_of_a_dead_worker", extra=extra)
    try:
        with transaction.atomic():
            app.job_manager.retry_job_by_id(job_id, datetime.now(UTC))
    except procrastinate.exceptions.UniqueViolation:  # another with its queueing lock waits, and will do the same
        finish(job_id, jobs.Status.ABORTED)


def finish(job_id: int, status: jobs.Status) -> None:
    """The job manager has this for coroutines only."""
    connector = app.connector.get_sync_connector()
    connector.execute_query(sql.queries["finish_job"], job_id=job_id, status=status.value, delete_job=False)


@app.periodic(cron="17 3 * * *")
@app.task(queue="housekeeping", queueing_lock="forget_old_jobs", pass_context=True)
async def forget_old_jobs(context: procrastinate.JobContext, timestamp: int) -> None:
    await context.app.job_manager.delete_old_jobs(nb_hours=KEEP_JOBS_HOURS)
