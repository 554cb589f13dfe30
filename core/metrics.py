"""What the service counts and times: the metrics of core, and how those of the apps are made.

Names of routes, never paths: whatever anybody may invent makes no new series.
"""

import atexit
import logging
import os
import platform
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from core.metric_files import Folder

logger = logging.getLogger(__name__)

WRITE_SECONDS = 1.0
ARRIVED = "incidents.arrived"  # in the environ, until it is counted: when the request was there, of time.perf_counter
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
# Of an answer within the service, and of one step on the way to it.
OF_ANSWERS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
OF_CALLS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
OF_JOBS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)

registry = CollectorRegistry()
_sampled: list[tuple[Gauge, Callable[[], float]]] = []
_each_time: list[Callable[[float], None]] = []
_folder: Folder | None = None


def counter(name: str, about: str, *labels: str) -> Counter:
    return Counter(name, about, labels, registry=registry)


def histogram(name: str, about: str, *labels: str, buckets: tuple[float, ...]) -> Histogram:
    return Histogram(name, about, labels, buckets=buckets, registry=registry)


def sampled(name: str, about: str, value: Callable[[], float], *, mode: str = "livesum") -> None:
    """A gauge that is asked for its value now and then; what the processes say is added up, or what `mode` says."""
    gauge = Gauge(name, about, registry=registry, multiprocess_mode=mode)  # type: ignore[arg-type]  # one of those there
    _sampled.append((gauge, value))


def each_time(note: Callable[[float], None]) -> None:
    """Have `note` called with the seconds that have passed, again and again, in a process that shows its numbers."""
    _each_time.append(note)


build = Gauge(
    "incidents_build_info",
    "Always 1; its labels say what runs.",
    ("version", "python", "django"),
    registry=registry,
    multiprocess_mode="livemax",
)
requests = counter("incidents_http_requests_total", "Answers, by the route's name.", "route", "method", "status")
request_seconds = histogram(
    "incidents_http_request_duration_seconds",
    "From the last of the request to the head of its answer.",
    "route",
    "method",
    buckets=OF_ANSWERS,
)
in_flight = Gauge(
    "incidents_http_requests_in_flight",
    "Requests that wait for the head of their answer, those of monitors aside.",
    registry=registry,
    multiprocess_mode="livesum",
)
cache = counter("incidents_cache_requests_total", "Cached details asked for, by what came of it.", "result")
cache_hits, cache_misses = cache.labels("hit"), cache.labels("miss")
idempotency = counter(
    "incidents_idempotency_requests_total", "Requests with an Idempotency-Key, by what became of them.", "outcome"
)
limits = counter(
    "incidents_rate_limit_requests_total",
    "Requests under a limit: allowed, refused, or uncounted since Redis was away.",
    "limit",
    "outcome",
)
database_seconds = histogram(
    "incidents_database_call_duration_seconds", "Of single calls to PostgreSQL.", buckets=OF_CALLS
)
database_errors = counter("incidents_database_errors_total", "Calls to PostgreSQL that failed, by error.", "error")
database_connections = counter("incidents_database_connections_total", "Connections made to PostgreSQL.")
redis_seconds = histogram("incidents_redis_call_duration_seconds", "Of single calls to Redis.", buckets=OF_CALLS)
redis_errors = counter("incidents_redis_errors_total", "Calls to Redis that failed, by error.", "error")
redis_away_seconds = counter(
    "incidents_redis_away_seconds_total", "Time without Redis, added up over the processes: limits count nothing then."
)
job_seconds = histogram(
    "incidents_job_duration_seconds", "Of runs of jobs, by task and outcome.", "task", "outcome", buckets=OF_JOBS
)

jobs_given_up = counter("incidents_jobs_given_up_total", "Jobs that failed for good.", "task")

for _outcome in ("executed", "replayed", "conflict", "in_use"):
    idempotency.labels(_outcome)
Observers = tuple[Counter, Histogram]
_observers: dict[tuple[str, str, int], Observers] = {}


def answered(request: HttpRequest, response: HttpResponse, began: float) -> None:
    """Once for each answer of Django's. `began` is for requests that came in by another front than ours."""
    seconds = time.perf_counter() - request.META.pop(ARRIVED, began)
    observe(route_of(request), request.method or "", response.status_code, seconds)
    found = response.headers.get("X-Cache")
    if found is not None:
        (cache_hits if found == "HIT" else cache_misses).inc()


def refused(environ: dict[str, Any], status: int) -> None:
    """For an answer that comes from the front, since there was none from Django, or it broke."""
    arrived = environ.pop(ARRIVED, None)
    if arrived is not None:
        observe(route_at(environ["PATH_INFO"]), environ["REQUEST_METHOD"], status, time.perf_counter() - arrived)


def observe(route: str, method: str, status: int, seconds: float) -> None:
    key = route, method, status
    count, duration = _observers.get(key) or observers(*key)
    count.inc()
    duration.observe(seconds)


def observers(route: str, method: str, status: int) -> Observers:
    known = method if method in METHODS else "other"
    found = requests.labels(route, known, status), request_seconds.labels(route, known)
    if known == method:
        _observers[route, method, status] = found
    return found


def route_of(request: HttpRequest) -> str:
    """As a middleware that answers by itself has named it, as it was routed, or as it would have been."""
    named: str | None = getattr(request, "route", None)
    if named is not None:
        return named
    match = request.resolver_match
    return match.view_name or "unnamed" if match is not None else route_at(request.path_info)


def route_at(path: str) -> str:
    if settings.STATIC_URL and path.startswith(settings.STATIC_URL):
        return "static"
    try:
        return resolve(path).view_name or "unnamed"
    except Resolver404:
        return "unmatched"


def begin() -> None:
    """In each process that serves or works, after the fork: from here on its numbers are shown with the others'."""
    global _folder
    folder = Folder(Path(settings.METRICS_DIR))
    try:
        folder.join()
    except OSError as error:
        logger.warning("metrics_not_shared", extra={"error": str(error)})
        return
    _folder = folder
    build.labels(settings.RELEASE, platform.python_version(), django.__version__).set(1)
    atexit.register(write)
    threading.Thread(target=_write_for_ever, name="metrics", daemon=True).start()


def _after_fork() -> None:
    global _folder
    _folder = None  # the parent's


os.register_at_fork(after_in_child=_after_fork)


def _write_for_ever() -> None:
    while True:
        time.sleep(WRITE_SECONDS)
        for note in _each_time:
            note(WRITE_SECONDS)
        write()


def write() -> None:
    sample()
    if _folder is not None:
        try:
            _folder.write()
        except OSError as error:
            logger.warning("metrics_not_written", extra={"error": str(error)})


def sample() -> None:
    for gauge, value in _sampled:
        gauge.set(value())


def text() -> bytes:
    """Of all processes, or of this one where it shows its numbers to no others. Raises Busy."""
    write()
    if _folder is None:
        return generate_latest(registry)
    with _folder.alone():
        _folder.bury()
        return generate_latest(_Written(str(_folder.path)))


class _Written(Collector):
    """What all processes have written, in the order of names."""

    def __init__(self, folder: str) -> None:
        self.files = MultiProcessCollector(None, folder)  # type: ignore[no-untyped-call]  # prometheus-client's own

    def collect(self) -> Iterable[Metric]:
        return sorted(self.files.collect(), key=lambda metric: str(metric.name))  # type: ignore[no-untyped-call]  # the same
