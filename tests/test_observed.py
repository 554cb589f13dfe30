"""The service as it is deployed, watched from outside: its traces, its reports of errors, and that it is alive."""

import gzip
import json
import urllib.error
import urllib.request
from ipaddress import ip_network
from urllib.parse import urlsplit

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from core.tests.raw_receiver import Receiver
from notifications import services
from tests.live_server import becomes_true, engines, process, web
from tests.starts import ROOT
from users import tokens

pytestmark = [pytest.mark.fault, pytest.mark.django_db(transaction=True)]
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
NEAR = {"WEBHOOK_ALLOW_HTTP": "1", "WEBHOOK_ALLOW_CIDRS": "127.0.0.1/32"}


@pytest.fixture
def receiver():
    """One for all that goes out: its path says what it is."""
    with Receiver(TAKEN) as receiver:
        yield receiver


def bodies(receiver: Receiver, path: str) -> list[bytes]:
    parts = [request.partition(b"\r\n\r\n") for request in receiver.requests]
    return [body for head, _, body in parts if head.split(b" ")[1] == path.encode()]


def spans(receiver: Receiver) -> dict:
    found = [ExportTraceServiceRequest.FromString(body) for body in bodies(receiver, "/v1/traces")]
    scopes = [scope for each in found for resource in each.resource_spans for scope in resource.scope_spans]
    return {span.name: span for scope in scopes for span in scope.spans}


def said(span) -> dict[str, str]:
    return {each.key: each.value.string_value for each in span.attributes}


def call(address: str, path: str, token: str, data: object = None) -> int:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "X-Request-ID": "req-1"}
    headers["traceparent"] = f"00-{TRACE}-{PARENT}-01"
    body = json.dumps(data).encode() if data else None
    try:
        with urllib.request.urlopen(urllib.request.Request(address + path, body, headers), timeout=20) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


def test_a_request_is_followed_to_its_webhook(receiver, ada, settings, tmp_path):
    settings.WEBHOOK_ALLOW_HTTP = True
    settings.WEBHOOK_ALLOW_CIDRS = [ip_network(NEAR["WEBHOOK_ALLOW_CIDRS"])]
    services.create_webhook(url=receiver.url(path="/hook"), actor=ada)
    token = tokens.issue_token(ada, name="t", scope="admin", actor=None)[1]
    env = {**engines(), **NEAR, "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url(path=""), "OTEL_BSP_SCHEDULE_DELAY": "200"}
    wanted = {"POST incident-list", "INSERT incidents_incident", "incidents.jobs.react", "POST"}

    with process(["python", "manage.py", "worker"], ROOT, env | {"DEADMAN_URL": receiver.url(path="/alive")}):
        with web(env, log=tmp_path / "web.log") as address:
            assert call(address, "/v1/incidents", token, {"title": "t", "severity": "P1"}) == 201
            assert becomes_true(lambda: wanted <= set(spans(receiver)), 60), (wanted, set(spans(receiver)))
        assert becomes_true(lambda: bodies(receiver, "/alive") != [], 60)

    found = spans(receiver)
    request, job = found["POST incident-list"], found["incidents.jobs.react"]
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == (TRACE, PARENT)
    assert found["INSERT incidents_incident"].parent_span_id == request.span_id
    assert [(link.trace_id, link.span_id) for link in job.links] == [(request.trace_id, request.span_id)]
    assert said(found["POST"])["request.id"] == "req-1"
    assert "redis" in [said(span).get("db.system.name") for span in found.values() if span.trace_id.hex() == TRACE]
    assert len(bodies(receiver, "/hook")) == 1


def test_a_fault_of_the_service_is_reported(receiver, ada, tmp_path):
    token = tokens.issue_token(ada, name="t", scope="admin", actor=None)[1]
    found = engines()
    unmade = urlsplit(found["DATABASE_URL"])._replace(path="/postgres").geturl()
    dsn = receiver.url(path="/7").replace("http://", "http://public@")

    with web({**found, "DATABASE_URL": unmade, "SENTRY_DSN": dsn}, log=tmp_path / "web.log") as address:
        assert call(address, "/v1/incidents", token) == 500
        assert becomes_true(lambda: bodies(receiver, "/api/7/envelope/") != [], 60)

    text = gzip.decompress(bodies(receiver, "/api/7/envelope/")[0]).decode()
    event = json.loads(text.split("\n")[2])
    assert (event["tags"]["request_id"], event["release"]) == ("req-1", "0.1.0")
    assert token not in text
