"""Can this process answer, and do the things behind it? Asked from outside of everything that may itself be stuck."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from math import inf
from threading import Lock, Thread
from typing import Any, LiteralString

import psycopg
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from core import errors, views
from core.postgres.base import Connection

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 1.0
CACHED_SECONDS = 1.0
HANG_UP_SECONDS = 3.0

WORKER_IS_HEARD = "SELECT EXISTS (SELECT 1 FROM procrastinate_workers WHERE last_heartbeat > now() - interval '60 s')"
JOB_IS_LATE = """
SELECT EXISTS (
    SELECT 1 FROM procrastinate_jobs j
    WHERE j.status = 'todo' AND (
        j.scheduled_at < now() - interval '60 s'
        OR j.scheduled_at IS NULL AND EXISTS (
            SELECT 1 FROM procrastinate_events e
            WHERE e.job_id = j.id AND e.type = 'deferred' AND e.at < now() - interval '60 s')))
"""


class Failed(Exception):
    """A dependency answers, but not as it should."""


class Check:
    """One question to one dependency, in a thread of its own: one that never comes back blocks nobody."""

    def __init__(self, probe: Callable[[], None], *, fresh_for: float = CACHED_SECONDS) -> None:
        self.probe = probe
        self.fresh_for = fresh_for
        self.lock = Lock()
        self.answer: Future[float] = Future()
        self.asked_at = -inf

    def ask(self) -> tuple["Future[float]", float]:
        """The answer to come, and when it was asked for; the last one again while it is fresh, or still awaited."""
        with self.lock:
            now = time.monotonic()
            if self.asked_at == -inf or (self.answer.done() and now - self.asked_at > self.fresh_for):
                self.answer, self.asked_at = Future(), now
                # A daemon: a frozen server must not hold up the end of the process.
                Thread(target=self.run, args=[self.answer], name="health", daemon=True).start()
            return self.answer, self.asked_at

    def run(self, answer: "Future[float]") -> None:
        started = time.perf_counter()
        try:
            self.probe()
        except Exception as error:  # noqa: BLE001  handed to whoever asks
            answer.set_exception(error)
        else:
            answer.set_result(round((time.perf_counter() - started) * 1000, 1))


def outcome(answer: "Future[float]", until: float) -> dict[str, Any]:
    """No error text and no host name leaves here: what is wrong stands in the log."""
    try:
        return {"status": "ok", "latency_ms": answer.result(timeout=max(0, until - time.monotonic()))}
    except FutureTimeout:
        return {"status": "timeout"}
    except (psycopg.Error, OSError, Failed) as error:
        logger.warning("health_check_failed", extra={"error": type(error).__name__})
        return {"status": "failed"}


class Database:
    """A connection of its own, kept open: the request threads' may all be waiting."""

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self.is_migrated = False

    def probe(self) -> None:
        try:
            self.ask("SELECT 1")
        except psycopg.OperationalError:
            self.forget()
            self.ask("SELECT 1")
        if not self.is_migrated:
            self.refuse_unmigrated()

    def forget(self) -> None:
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    def probe_worker(self) -> None:
        self.probe()
        if not self.ask(WORKER_IS_HEARD):
            raise Failed("no worker has been heard for a minute")
        for question in (JOB_IS_LATE, *map(import_string, settings.ASKED_OF_WORKERS)):
            if self.ask(question):
                raise Failed("what a worker should have done is over a minute late")

    def ask(self, question: LiteralString) -> Any:
        return self.rows(question)[0][0]

    def rows(self, question: LiteralString) -> list[tuple[Any, ...]]:
        if self.connection is None:
            params = {**connection.get_connection_params(), "connect_timeout": 2, "cursor_factory": None}
            params.pop("context", None)
            self.connection = Connection.connect(**params, autocommit=True)
            self.connection.patience = HANG_UP_SECONDS
        return self.connection.execute(question).fetchall()

    def refuse_unmigrated(self) -> None:
        known = set(MigrationLoader(None).disk_migrations or ())
        if known - set(self.rows("SELECT app, name FROM django_migrations")):
            raise Failed("migrations are missing")
        self.is_migrated = True


class Cache:
    def __init__(self) -> None:
        self.client: Any = None

    def probe(self) -> None:
        if self.client is None:
            self.client = Redis.from_url(
                settings.REDIS_URL, socket_timeout=0.9, socket_connect_timeout=0.9, retry=Retry(NoBackoff(), 0)
            )
        try:
            self.client.ping()
        except Exception as error:
            raise Failed from error


database = Check(Database().probe)
cache = Check(Cache().probe)
worker = Check(Database().probe_worker)

READY = {
    "/ready": {"database": database, "cache": cache},
    "/ready/core": {"database": database},
    "/ready/worker": {"worker": worker},
}


class HealthMiddleware:
    """Ahead of sessions, hosts and limits: a probe comes by address, without credentials, and often."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path != "/health" and request.path not in READY:
            return self.get_response(request)
        request.route = request.path[1:].replace("/", "-")  # type: ignore[attr-defined]  # read by core.metrics
        if request.method not in ("GET", "HEAD"):
            return other_method(request.method or "")
        return ready(READY[request.path]) if request.path in READY else views.json({"status": "ok"})


def other_method(method: str) -> HttpResponse:
    refusal = errors.MethodNotAllowed(method, ["GET", "HEAD", "OPTIONS"])
    refused = HttpResponse(errors.body(refusal), content_type="application/json", status=405)
    response = views.no_content() if method == "OPTIONS" else refused
    response.headers["Allow"] = refusal.headers["Allow"]
    return response


def ready(checks: dict[str, Check]) -> HttpResponse:
    answers = {name: check.ask() for name, check in checks.items()}
    shown = {name: outcome(answer, asked_at + PATIENCE_SECONDS) for name, (answer, asked_at) in answers.items()}
    is_ready = all(check["status"] == "ok" for check in shown.values())
    return views.json({"status": "ready" if is_ready else "unavailable", "checks": shown}, 200 if is_ready else 503)
