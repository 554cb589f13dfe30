"""One shape of error under /v1, whoever made it; a page elsewhere; and nothing of ours leaks."""

import re

import pytest
from django.db import connection

from core.tests.failing_urls import FAILURES, SECRET

UUID = "00000000-0000-0000-0000-000000000000"


def check(response, status: int, code: str) -> dict:
    """Assert what is the same for every error under /v1; return its details."""
    body = response.json()
    assert (response.status_code, body["code"]) == (status, code)
    assert list(body) == ["code", "message", "request_id", "details"]
    assert response["Content-Type"] == "application/json"
    assert response["X-Request-ID"] == body["request_id"]
    assert re.fullmatch(r"[A-Z].*\.", body["message"])
    assert isinstance(body["details"], dict)
    return body["details"]


@pytest.mark.parametrize(
    "path",
    [
        *("/v1", "/v1/", "/v1/nothing", "/v1/incidents/", "/v1//incidents", "/v1/incidents/nothing", "/v1/Incidents"),
        *("/v1/incidents/9223372036854775808", f"/v1/incidents/{{{UUID}}}", f"/v1/incidents/{UUID.replace('-', '')}"),
        *(f"/v1/incidents/{UUID.replace('0', 'A')}", f"/v1/incidents/urn:uuid:{UUID}"),
        *(f"/v1/incidents/{UUID}x", f"/v1/incidents/{UUID}%0a", "/v1/incidents/%00"),
        *("/v1/incidents/%2e%2e%2f", "/v1/%ff%fe", "/v1/\u2028", "/v1/users/not-a-uuid", f"/v1/incidents/{UUID}/x"),
        *("/v1/<script>", "/v1/" + "a" * 5_000),
    ],
)
def test_a_path_that_is_none(as_user, rui, path):
    for api in (as_user(rui), as_user()):
        assert check(api.get(path), 404, "NOT_FOUND") == {}
        assert check(api.post(path, {}), 404, "NOT_FOUND") == {}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"/v1/incidents/{UUID}", "INCIDENT_NOT_FOUND"),
        (f"/v1/incidents/{UUID}/events", "INCIDENT_NOT_FOUND"),
        (f"/v1/users/{UUID}", "USER_NOT_FOUND"),
    ],
)
def test_an_id_of_nothing(as_user, rui, path, code):
    assert check(as_user(rui).get(path), 404, code) == {}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/incidents", "GET, HEAD, OPTIONS, POST"),
        ("DELETE", "/v1/incidents", "GET, HEAD, OPTIONS, POST"),
        ("POST", f"/v1/incidents/{UUID}", "DELETE, GET, HEAD, OPTIONS, PATCH"),
        ("GET", f"/v1/incidents/{UUID}/status", "OPTIONS, PATCH"),
        ("TRACE", "/v1/incidents", "GET, HEAD, OPTIONS, POST"),
        ("BREW", "/v1/incidents", "GET, HEAD, OPTIONS, POST"),
    ],
)
def test_a_method_that_is_not_allowed(as_user, method, path, allowed):
    response = as_user().call(method, path)

    assert check(response, 405, "METHOD_NOT_ALLOWED") == {}
    assert response["Allow"] == allowed


def test_the_method_cannot_be_overridden(as_user, rui, incident):
    api = as_user(rui)
    response = api.post(f"/v1/incidents/{incident.pk}", {}, X_HTTP_Method_Override="PATCH")

    check(response, 405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic cnVpOnB3", "Bearer inc_short", "Bearer é", "Token x", "Bearer a b", "\0"]
)
def test_credentials_that_are_wrong(as_user, db, header):
    response = as_user().get("/v1/incidents", Authorization=header)

    assert check(response, 401, "NOT_AUTHENTICATED") == {}
    assert response["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "a b", "", "[::1", "é"])
def test_a_host_that_is_not_ours(as_user, rui, host):
    check(as_user(rui).get("/v1/incidents", Host=host), 400, "VALIDATION_ERROR")

    page = as_user().get("/admin/login/", Host=host)
    assert page.status_code == 400
    assert page["Content-Type"].startswith("text/html")


@pytest.fixture
def failing(settings):
    settings.ROOT_URLCONF = "core.tests.failing_urls"


KINDS = {
    **dict.fromkeys(("bug", "memory", "integrity", "broken"), (500, "INTERNAL_ERROR")),
    **dict.fromkeys(
        ("away", "interface", "read-only", "disk-full", "deadlock", "stood-still", "job"), (503, "SERVICE_UNAVAILABLE")
    ),
    **dict.fromkeys(("data", "unicode", "suspicious", "bad-request"), (400, "VALIDATION_ERROR")),
    "forbidden": (403, "PERMISSION_DENIED"),
    "missing": (404, "NOT_FOUND"),
    "too-large": (413, "PAYLOAD_TOO_LARGE"),
    "domain": (409, "CONFLICT"),
}


@pytest.mark.parametrize("kind", FAILURES)
def test_what_an_exception_of_a_view_becomes(as_user, failing, kind):
    response = as_user().get(f"/v1/failing/{kind}")
    status, code = KINDS[kind]

    assert check(response, status, code) == ({"email": ["Taken."]} if kind == "domain" else {})
    assert SECRET not in response.content.decode()
    assert response.headers.get("Retry-After") == ("1" if status == 503 else None)


@pytest.mark.parametrize("kind", FAILURES)
def test_what_an_exception_of_a_page_becomes(as_user, failing, kind):
    response = as_user().get(f"/pages/{kind}")

    assert response.status_code == KINDS[kind][0]
    assert response["Content-Type"].startswith("text/html")
    assert response["X-Request-ID"] in response.content.decode()
    assert SECRET not in response.content.decode()


@pytest.mark.parametrize("path", ["/v1/failing/bug", "/pages/bug"])
def test_a_fault_of_ours_is_logged_once_with_its_request_id(as_user, failing, log_lines, path):
    response = as_user().get(path)
    (line,) = (line for line in log_lines() if line["level"] == "ERROR")

    assert line["message"] == "internal_error"
    assert line["request_id"] == response["X-Request-ID"]
    assert "ZeroDivisionError" in line["exc_info"]


def test_a_refusal_is_no_fault_of_ours(as_user, failing, log_lines):
    for kind in set(FAILURES) - {"bug", "memory", "integrity", "broken"}:
        as_user().get(f"/v1/failing/{kind}")

    assert not [line for line in log_lines() if line["level"] == "ERROR"]


@pytest.mark.parametrize("kind", ["away", "read-only"])
def test_a_database_that_is_away_is_logged(as_user, failing, log_lines, kind):
    response = as_user().get(f"/v1/failing/{kind}")
    (line,) = (line for line in log_lines() if line["message"] == "database_unavailable")

    assert (line["level"], line["request_id"]) == ("WARNING", response["X-Request-ID"])


@pytest.mark.parametrize("table", ["users_api_token", "core_idempotency_key", "incidents_incident"])
def test_a_database_that_cannot_serve_is_503_wherever_it_is_asked(transactional_db, as_user, rui, table):
    api, body = as_user(rui), {"title": "Disk full", "severity": "P1"}
    connection.cursor().execute("SET lock_timeout = '20ms'")
    beside = connection.copy()
    try:
        beside.set_autocommit(False)
        beside.cursor().execute(f"LOCK TABLE {table}")
        response = api.post("/v1/incidents", body, Idempotency_Key="k-1")
    finally:
        beside.close()
        connection.close()

    check(response, 503, "SERVICE_UNAVAILABLE")
    assert response["Retry-After"] == "1"
    assert api.post("/v1/incidents", body, Idempotency_Key="k-1").status_code == 201
