"""Traces: what is a span, what a span says, whose trace it belongs to; and what nobody gets to see."""

import asyncio
from types import SimpleNamespace

import pytest
from django.db import connection
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import NoOpTracer, StatusCode

from core import cache, outbound, request_id, tracing
from core.tests.failing_urls import SECRET
from core.tests.raw_receiver import OK, Receiver

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"


@pytest.fixture
def spans(settings, monkeypatch):
    """`spans()` are those that have ended, by name."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(cache.client(), "__class__", tracing.TracedRedis)
    _ahead, outermost, *inside = settings.MIDDLEWARE
    settings.MIDDLEWARE = [outermost, "core.tracing.TracingMiddleware", *inside]
    tracing.follow(provider)
    with connection.execute_wrapper(tracing.around_statement):
        yield lambda: {span.name: span for span in exporter.get_finished_spans()}
    request_id.place = request_id.nowhere
    tracing.tracer = NoOpTracer()


def ids(span) -> tuple[str, str]:
    return f"{span.context.trace_id:032x}", f"{span.parent.span_id:016x}" if span.parent else ""


def test_a_request_is_a_span_with_its_statements_and_commands_inside(spans, as_user, rui, incident):
    api = as_user(rui)
    api.get(f"/v1/incidents/{incident.pk}?x=secret")
    api.get(f"/v1/incidents/{incident.pk}", X_Request_ID="req-1", If_None_Match='"x"', traceparent=TRACEPARENT)

    found = spans()
    request = found["GET incident-detail"]
    assert ids(request) == (TRACE, PARENT)
    assert request.attributes["request.id"] == "req-1"
    assert request.attributes["http.response.status_code"] == 200
    inside = [span for span in found.values() if span.parent and span.parent.span_id == request.context.span_id]
    assert {span.attributes["db.system.name"] for span in inside} == {"postgresql", "redis"}
    assert all(ids(span)[0] == TRACE for span in inside)


def test_spans_say_names_and_no_values(spans, as_user, ada):
    secrets = ("Somebody's title", "192.0.2.7", "agent/7", "mail@example.org")
    as_user(ada).post("/v1/incidents", {"title": secrets[0], "severity": "P1"}, User_Agent=secrets[2])
    as_user(ada).get("/v1/users/me?mail=mail@example.org", X_Forwarded_For=secrets[1])

    said = " ".join(span.to_json() for span in spans().values())
    assert "INSERT" in said
    assert not any(secret in said for secret in (*secrets, ada.email, "Bearer", "/v1/"))


@pytest.mark.parametrize(
    "offered",
    [
        "",
        "rubbish",
        TRACEPARENT.upper(),
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"{TRACEPARENT},{TRACEPARENT}",
        f"{TRACEPARENT}-more",
        "00-" + "9" * 100_000,
    ],
)
def test_a_traceparent_that_is_not_valid_begins_a_trace_of_its_own(spans, as_user, offered):
    as_user().get("/v1/incidents", traceparent=offered)

    (request,) = [span for name, span in spans().items() if name.startswith("GET ")]
    assert ids(request) != (TRACE, PARENT)
    assert request.parent is None


def test_a_caller_who_samples_nothing_is_heeded_and_its_tracestate_left_out(spans, as_user):
    as_user().get("/v1/incidents", traceparent=f"00-{TRACE}-{PARENT}-00")
    assert spans() == {}

    as_user().get("/v1/incidents", traceparent=TRACEPARENT, tracestate=f"vendor={SECRET[:3]}")
    assert [len(span.context.trace_state) for span in spans().values()] == [0]


def test_a_fault_is_marked_without_its_message(spans, as_user, settings):
    settings.ROOT_URLCONF = "core.tests.failing_urls"
    as_user().get("/v1/failing/bug")

    (request,) = [span for span in spans().values() if span.parent is None]
    assert request.status.status_code == StatusCode.ERROR
    assert SECRET not in request.to_json()
    with pytest.raises(ValueError, match=SECRET), tracing.span_of("a job", tracing.SpanKind.CONSUMER, {}):
        raise ValueError(SECRET)
    assert spans()["a job"].attributes["error.type"] == "ValueError"
    assert SECRET not in spans()["a job"].to_json()


@pytest.mark.parametrize("path", ["/health", "/metrics"])
def test_probes_are_no_spans(spans, client, path):
    client.get(path)

    assert spans() == {}


def test_a_job_is_a_trace_of_its_own_that_leads_to_its_request(spans):
    carried = {}

    async def work():
        carried["inside"] = tracing.is_traced()

    with tracing.span_of("a request", tracing.SpanKind.SERVER, {}) as request:
        request_id.begin("req-1")
        carried["request_id"] = request_id.for_job()
    job = SimpleNamespace(id=7, task_name="incidents.jobs.react", attempts=0, task_kwargs=carried)
    asyncio.run(tracing.around_job(work, SimpleNamespace(job=job), None))

    span = spans()["incidents.jobs.react"]
    assert [link.context.span_id for link in span.links] == [request.get_span_context().span_id]
    assert span.parent is None
    assert (span.attributes["request.id"], carried["inside"]) == ("req-1", True)
    assert request_id.of_job(carried["request_id"])[0] == "req-1"


def test_a_receiver_gets_no_trace_and_the_span_no_path(spans, on_loopback):
    request_id.begin("req-1")
    send = tracing.around_request(outbound.request)
    with Receiver(OK) as receiver:
        send("POST", receiver.url(path="/secret"), headers={}, content=b"{}")
    with pytest.raises(outbound.Refused):
        send("PUT", "https://10.0.0.1/secret", headers={}, content=b"")

    post, refused = spans()["POST"], spans()["PUT"]
    assert dict(post.attributes) == {
        "http.request.method": "POST",
        "server.address": "127.0.0.1",
        "request.id": "req-1",
        "http.response.status_code": 200,
    }
    assert refused.attributes["error.type"] == "Refused"
    assert b"traceparent" not in receiver.requests[0].lower()
    assert "secret" not in post.to_json() + refused.to_json()


def test_what_no_request_or_job_asks_for_is_no_trace(spans, db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    cache.get("key")

    assert spans() == {}


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ('SELECT "a"."b" FROM "incidents_incident" WHERE x = %s', "SELECT incidents_incident"),
        ("\nINSERT INTO users_user (email) VALUES (%s)", "INSERT users_user"),
        ("UPDATE ONLY users_user SET name = 'x'", "UPDATE users_user"),
        ("SELECT 'private'", "SELECT"),
        (
            "SELECT 1 FROM core_idempotency_key WHERE x = %s FOR NO KEY UPDATE SKIP LOCKED",
            "SELECT core_idempotency_key",
        ),
        (
            "WITH a AS (SELECT 1 FROM users_user), b AS (INSERT INTO incidents_event VALUES (1))",
            "INSERT incidents_event",
        ),
        ("WITH a AS (SELECT 1) SELECT * FROM a", "SELECT a"),
        ("", "statement"),
    ],
)
def test_a_statement_goes_by_its_verb_and_its_table(sql, name):
    assert tracing.summary(sql) == name
