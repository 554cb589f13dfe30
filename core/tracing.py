"""Traces by OpenTelemetry, where they are configured: without that, nothing imports this module.

A request, a job and a request that we make are spans, and inside of them each statement and each Redis command. Spans
say names, never values: no path, no query, no parameter, no message of an exception. Receivers are strangers, and get
no trace to follow.
"""

import os
import re
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import procrastinate
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from core import metrics, outbound, request_id
from core.access_log import QUIET
from core.cache import BreakerRedis
from core.exception_handler import METRICS

SEND_SECONDS = 5
VERB = re.compile(r"\s*(\w+)")
READ = re.compile(r'\bFROM\s+(?:ONLY\s+)?"?([a-z]\w*)', re.IGNORECASE)
WRITTEN = re.compile(
    r'(?<!FOR )(?<!KEY )\b(INSERT|UPDATE|DELETE)\s+(?:INTO\s+|FROM\s+)?(?:ONLY\s+)?"?([a-z]\w*)', re.IGNORECASE
)

propagator = TraceContextTextMapPropagator()
tracer: Tracer = trace.NoOpTracer()


def begin() -> None:
    """In each process after the fork: the thread that sends is its own."""
    base = settings.OTEL_EXPORTER_OTLP_ENDPOINT.rstrip("/")
    exporter = OTLPSpanExporter(f"{base}/v1/traces", headers=headers(), timeout=SEND_SECONDS)
    provider = TracerProvider(
        sampler=ParentBasedTraceIdRatio(settings.OTEL_TRACES_SAMPLER_ARG),
        resource=Resource.create(
            {
                "service.name": settings.OTEL_SERVICE_NAME,
                "service.version": settings.RELEASE,
                "service.instance.id": f"{os.uname().nodename}-{os.getpid()}",
                "deployment.environment.name": settings.ENVIRONMENT,
            }
        ),
    )
    provider.add_span_processor(BatchSpanProcessor(exporter))
    follow(provider)
    outbound.request = around_request(outbound.request)


def follow(provider: TracerProvider) -> None:
    """From here on what is looked at goes to this provider."""
    global tracer
    tracer = provider.get_tracer("incidents")
    request_id.place = place


def headers() -> dict[str, str]:
    pairs = (pair.partition("=") for pair in settings.OTEL_EXPORTER_OTLP_HEADERS.split(",") if "=" in pair)
    return {name.strip(): value.strip() for name, _, value in pairs}


def place() -> str:
    """Where in the trace we are, for what comes of it later."""
    carrier: dict[str, str] = {}
    propagator.inject(carrier)
    return carrier.get("traceparent", "")


def context_of(traceparent: str | None) -> Context:
    """What is not well-formed is none. A tracestate is not taken: whoever calls would fill our spans with it."""
    return propagator.extract({"traceparent": traceparent or ""}, Context())


@contextmanager
def span_of(name: str, kind: SpanKind, attributes: Mapping[str, Any], **options: Any) -> Iterator[Span]:
    """Of an exception it says the kind alone: its message may quote what somebody wrote."""
    with tracer.start_as_current_span(
        name, kind=kind, attributes=attributes, record_exception=False, set_status_on_exception=False, **options
    ) as span:
        try:
            yield span
        except Exception as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(Status(StatusCode.ERROR))
            raise


def is_traced() -> bool:
    """Whether something is under way here that statements and commands belong to."""
    return trace.get_current_span().get_span_context().is_valid


class TracingMiddleware:
    """Right inside of the request id. Of a stream the span ends with the head of the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path in QUIET or request.path == METRICS:
            return self.get_response(request)
        method = request.method if request.method in metrics.METHODS else "_OTHER"
        attributes = {"http.request.method": method, "request.id": request_id.current()}
        context = context_of(request.META.get("HTTP_TRACEPARENT"))
        options = {"context": context, "start_time": arrived(request)}
        with span_of(method, SpanKind.SERVER, attributes, **options) as span:
            response = self.get_response(request)
            route = metrics.route_of(request)
            span.update_name(f"{method} {route}")
            span.set_attributes({"http.route": route, "http.response.status_code": response.status_code})
            if response.status_code >= 500:
                span.set_status(Status(StatusCode.ERROR))
        return response


def arrived(request: HttpRequest) -> int:
    """On the clock that spans use."""
    began: float = request.META.get(metrics.ARRIVED, time.perf_counter())
    return time.time_ns() - int((time.perf_counter() - began) * 1e9)


async def around_job(call_next: Callable[[], Awaitable[Any]], context: procrastinate.JobContext, worker: Any) -> Any:
    """A trace of its own: a job may come long after its request, and again. A link leads to what caused it."""
    job = context.job
    id_of_request, cause = request_id.of_job(str(job.task_kwargs.get("request_id", "")))
    attributes = {"request.id": id_of_request, "job.id": job.id or 0, "job.attempt": job.attempts + 1}
    caused_by = trace.get_current_span(context_of(cause)).get_span_context()
    links = [Link(caused_by)] if caused_by.is_valid else []
    with span_of(job.task_name, SpanKind.CONSUMER, attributes, context=Context(), links=links):
        return await call_next()


def around_statement(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    """Django's hook around each statement."""
    if not is_traced():
        return execute(sql, params, many, context)
    attributes = {"db.system.name": "postgresql"}
    with span_of(summary(sql) if isinstance(sql, str) else "statement", SpanKind.CLIENT, attributes):
        return execute(sql, params, many, context)


@lru_cache(maxsize=1024)
def summary(sql: str) -> str:
    """What it writes, or what it reads, by the first table of that: `SELECT incidents_incident`."""
    if written := WRITTEN.search(sql):
        return f"{written[1].upper()} {written[2]}"
    verb, table = VERB.match(sql), READ.search(sql)
    found = [verb[1].upper().replace("WITH", "SELECT") if verb else "statement", table[1] if table else ""]
    return " ".join(found).rstrip()


class TracedRedis(BreakerRedis):
    def execute_command(self, *args: Any, **options: Any) -> Any:
        if not is_traced():
            return super().execute_command(*args, **options)
        with span_of(str(args[0]), SpanKind.CLIENT, {"db.system.name": "redis"}):
            return super().execute_command(*args, **options)


def around_request(send: Callable[..., outbound.Answer]) -> Callable[..., outbound.Answer]:
    """Its host alone: a path may be a secret. Where nothing is under way, it is a trace by itself."""

    def sent(method: str, url: str, **message: Any) -> outbound.Answer:
        attributes = {"http.request.method": method, "server.address": host_of(url), "request.id": request_id.current()}
        with span_of(method, SpanKind.CLIENT, attributes) as span:
            answer = send(method, url, **message)
            span.set_attribute("http.response.status_code", answer.status)
            return answer

    return sent


def host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # refused, as soon as it is read
        return ""
