"""For administrators: what runs here, how it is, and in words what is not as it should be."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from console.access import page
from console.templatetags.console import duration
from core import condition, start
from core.callers import ADMIN, CalledRequest
from core.condition import Chore, Engines, Queue, Worker
from notifications import lateness
from notifications.lateness import Backlog

LATE = timedelta(seconds=condition.LATE_SECONDS)
CHORES = {
    "core.jobs.purge_idempotency_keys": "Purge of expired idempotency keys",
    "core.jobs.retry_stalled": "Jobs of dead workers handed to others",
    "core.jobs.forget_old_jobs": "Purge of old jobs",
    "users.jobs.forget_old_logins": "Purge of old log-ins and sessions",
    "incidents.jobs.count_days": "Count of finished days",
    "notifications.jobs.purge_deliveries": "Purge of old deliveries",
    "incidents.jobs.follow_tallies": "Counts for analytics",
    "incidents.jobs.learn_words": "Words for searches with typos",
    "notifications.jobs.write_summaries": "Daily summaries",
}
STATES = {"todo": "waits", "doing": "runs", "succeeded": "done", "failed": "failed", "aborted": "left out"}


@page(GET=ADMIN)
def show(request: CalledRequest) -> HttpResponse:
    engines, workers, queues = condition.engines(), condition.workers(), condition.queues()
    chores, backlog, hits = condition.chores(), lateness.backlog(), condition.cache_hits()
    context = {
        "wrong": [
            *of_engines(engines),
            *of_workers(workers, queues, condition.is_worker_late()),
            *of_chores(chores),
            *of_deliveries(backlog),
            *(sentence for level, sentence in start.remarks() if level >= logging.WARNING),
        ],
        "engines": engines,
        "workers": workers,
        "queues": queues,
        "chores": [(words(chore), STATES.get(chore.state, chore.state), chore) for chore in chores],
        "backlog": backlog,
        "cache": rate(*hits) if hits else None,
        "most": lateness.MOST,
        "watched": {
            "Error reports": settings.SENTRY_DSN,
            "Traces": settings.IS_TRACED,
            "Dead man's switch": settings.DEADMAN_URL,
        },
    }
    return render(request, "console/status.html", context)


def of_engines(engines: Engines) -> Iterator[str]:
    if not engines.redis:
        yield (
            "Redis does not answer. Nothing is lost: incidents are read from PostgreSQL, which is slower, "
            "and nobody's limits are counted until it is back."
        )
    if engines.missing_migrations:
        yield f"Migrations are missing: {', '.join(engines.missing_migrations)}. Run manage.py migrate."
    if engines.connections > engines.most_connections * 0.9:
        yield f"PostgreSQL has {engines.connections} connections of the {engines.most_connections} that it lets in."


def of_workers(workers: list[Worker], queues: list[Queue], is_late: bool) -> Iterator[str]:
    if all(worker.is_silent for worker in workers):
        yield "No worker has been heard for a minute: nobody is told of anything. Start manage.py worker."
    oldest = min((queue.oldest for queue in queues if queue.oldest), default=None)
    if oldest and timezone.now() - oldest > LATE:
        late = duration((timezone.now() - oldest).total_seconds())
        yield f"Jobs wait for a worker, the oldest for {late}: see what the workers log, or start more of them."
    if is_late:
        yield "Somebody should have been told of something urgent over a minute ago."
    if failed := sum(queue.failed for queue in queues):
        yield f"{failed} of the latest {condition.MOST:,} jobs failed for good: their errors stand in the workers' log."


def of_chores(chores: list[Chore]) -> Iterator[str]:
    for chore in chores:
        if chore.state == "failed":
            yield f"{words(chore)}: failed the last time."


def words(chore: Chore) -> str:
    return CHORES.get(chore.task, chore.task)


def of_deliveries(backlog: Backlog) -> Iterator[str]:
    if backlog.oldest and timezone.now() - backlog.oldest > LATE:
        late = duration((timezone.now() - backlog.oldest).total_seconds())
        yield f"Deliveries wait to be sent, the oldest for {late}."
    if count := backlog.failing_endpoints:
        yield f"{count} target{'s' if count > 1 else ''} of notifications: every attempt fails at present."


def rate(hits: int, misses: int) -> dict[str, Any]:
    asked = hits + misses
    return {"hits": hits, "asked": asked, "percent": f"{hits / asked:.1%}" if asked else ""}
