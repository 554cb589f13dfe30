"""How the service is at this moment, by queries that take the same time whatever has piled up."""

import platform
import time
from dataclasses import dataclass
from datetime import datetime

import django
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils.module_loading import import_string
from prometheus_client.parser import text_string_to_metric_families

from core import cache, health, metrics
from core.metric_files import Busy
from core.postgres import rows

MOST = 5000  # jobs that are looked through
SILENT_SECONDS = 60
LATE_SECONDS = 60

SERVER = """
SELECT current_setting('server_version'), pg_database_size(current_database()),
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
    current_setting('max_connections')::int
"""
WORKERS = """
SELECT w.last_heartbeat, count(j.id), w.last_heartbeat < now() - make_interval(secs => %s) AS is_silent
FROM procrastinate_workers w LEFT JOIN procrastinate_jobs j ON j.worker_id = w.id AND j.status = 'doing'
GROUP BY w.id ORDER BY is_silent, w.id LIMIT 50
"""
WAITING = """
SELECT queue_name, count(*) FILTER (WHERE is_due), count(*) FILTER (WHERE NOT is_due), min(due_at) FILTER (WHERE is_due)
FROM (
    SELECT j.queue_name, d.due_at, d.due_at <= now() AS is_due FROM procrastinate_jobs j CROSS JOIN LATERAL (
        SELECT COALESCE(j.scheduled_at, (
            SELECT max(e.at) FROM procrastinate_events e WHERE e.job_id = j.id AND e.type = 'deferred')) AS due_at
    ) AS d
    WHERE j.status = 'todo' ORDER BY j.priority DESC, j.id LIMIT %s
) AS waiting GROUP BY queue_name
"""
RUNNING = """
SELECT queue_name, count(*) FROM procrastinate_jobs
WHERE status = 'doing' AND worker_id IS NOT NULL GROUP BY queue_name
"""
FAILED = """
SELECT queue_name, count(*) FROM (SELECT queue_name, status FROM procrastinate_jobs ORDER BY id DESC LIMIT %s) AS latest
WHERE status = 'failed' GROUP BY queue_name
"""
HOUSEKEEPING = """
SELECT DISTINCT ON (d.task_name) d.task_name, j.status,
    (SELECT max(e.at) FROM procrastinate_events e WHERE e.job_id = j.id)
FROM procrastinate_periodic_defers d JOIN procrastinate_jobs j ON j.id = d.job_id
ORDER BY d.task_name, d.defer_timestamp DESC
"""


@dataclass(frozen=True, slots=True)
class Engines:
    release: str
    python: str
    django: str
    postgresql: str
    database_bytes: int
    connections: int
    most_connections: int
    database_ms: float
    redis: str  # its version; empty while it is away
    missing_migrations: list[str]


@dataclass(frozen=True, slots=True)
class Worker:
    heard_at: datetime
    running: int
    is_silent: bool


@dataclass(slots=True)
class Queue:
    name: str
    due: int = 0
    later: int = 0
    running: int = 0
    failed: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Chore:
    task: str
    state: str
    at: datetime | None


def engines() -> Engines:
    began = time.perf_counter()
    rows.run("SELECT 1")
    database_ms = round((time.perf_counter() - began) * 1000, 1)
    ((version, size, count, most),) = rows.run(SERVER)
    return Engines(
        release=settings.RELEASE,
        python=platform.python_version(),
        django=django.get_version(),
        postgresql=version.split(" ")[0],
        database_bytes=size,
        connections=count,
        most_connections=most,
        database_ms=database_ms,
        redis=redis_version(),
        missing_migrations=missing_migrations(),
    )


def redis_version() -> str:
    """Asked for as the health check does: a Redis that is frozen costs a second, and the breaker nothing."""
    answer, asked_at = health.cache.ask()
    if health.outcome(answer, asked_at + health.PATIENCE_SECONDS)["status"] != "ok":
        return ""
    return cache.version()


def missing_migrations() -> list[str]:
    found = MigrationLoader(connection)
    missing = set(found.disk_migrations or ()) - set(found.applied_migrations or ())
    return sorted(f"{app}.{name}" for app, name in missing)


def workers() -> list[Worker]:
    return [Worker(*row) for row in rows.run(WORKERS, [SILENT_SECONDS])]


def queues() -> list[Queue]:
    """All that have a job now, or had one that failed lately."""
    found: dict[str, Queue] = {}
    for name, due, later, oldest in rows.run(WAITING, [MOST]):
        found[name] = Queue(name, due, later, oldest=oldest)
    for name, count in rows.run(RUNNING):
        found.setdefault(name, Queue(name)).running = count
    for name, count in rows.run(FAILED, [MOST]):
        found.setdefault(name, Queue(name)).failed = count
    return [found[name] for name in sorted(found)]


def chores() -> list[Chore]:
    """What runs by the clock, and how it ended the last time."""
    return [Chore(*row) for row in rows.run(HOUSEKEEPING)]


def is_worker_late() -> bool:
    """Beside the jobs: what the apps ask of workers."""
    return any(rows.run(import_string(question))[0][0] for question in settings.ASKED_OF_WORKERS)


def cache_hits() -> tuple[int, int] | None:
    """Hits and misses of all processes here since they began, if that can be told."""
    name = "incidents_cache_requests_total"
    try:
        lines = [line for line in metrics.text().decode().splitlines() if line.startswith(name)]
    except Busy:
        return None
    samples = [sample for family in text_string_to_metric_families("\n".join(lines)) for sample in family.samples]
    found = {sample.labels.get("result"): int(sample.value) for sample in samples}
    return found.get("hit", 0), found.get("miss", 0)
