"""One JSON line a request, whole and honest whatever the request holds; and no secret in any line."""

import json
import logging
import re

import pytest
from django.test import Client
from django.urls import reverse

from core import health

FIELDS = [
    *("message", "level", "logger", "method", "path", "status", "duration_ms"),
    *("user_id", "client_ip", "cache", "request_id", "timestamp"),
]
BODY = {"title": "Disk full on db-7", "severity": "P1"}


@pytest.fixture
def requests(log_lines):
    return lambda: [line for line in log_lines() if line["message"] == "request"]


def test_a_request_is_one_line_with_these_fields(as_user, rui, incident, requests):
    response = as_user(rui).get(f"/v1/incidents/{incident.pk}", X_Request_ID="req-1")
    (line,) = requests()

    assert sorted(line) == sorted(FIELDS)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["timestamp"])
    assert isinstance(line["duration_ms"], float)
    assert 0 < line["duration_ms"] < 10_000
    assert {name: line[name] for name in FIELDS if name not in ("timestamp", "duration_ms")} == {
        "message": "request",
        "level": "INFO",
        "logger": "core.access_log",
        "method": "GET",
        "path": f"/v1/incidents/{incident.pk}",
        "status": 200,
        "user_id": str(rui.pk),
        "client_ip": "127.0.0.1",
        "cache": response["X-Cache"],
        "request_id": "req-1",
    }


def test_hit_and_miss_are_told_apart(as_user, rui, incident, requests):
    for _ in range(2):
        as_user(rui).get(f"/v1/incidents/{incident.pk}")

    assert [line["cache"] for line in requests()] == ["MISS", "HIT"]


def test_refusals_are_logged_with_what_is_known_of_the_caller(as_user, vera, requests):
    as_user(vera).post("/v1/incidents", BODY)
    as_user().get("/v1/incidents")
    as_user().get("/nothing")
    as_user().get("/v1/incidents", Host="evil.example")

    assert [(line["status"], line["user_id"]) for line in requests()] == [
        (403, str(vera.pk)),
        (401, None),
        (404, None),
        (400, None),
    ]


def test_the_reader_of_a_page_is_known(ada, requests):
    browser = Client()
    browser.force_login(ada)
    browser.get(reverse("admin:index"))
    browser.get("/account/login")

    assert requests()[0]["user_id"] == str(ada.pk)


@pytest.fixture
def probes(db):
    """They keep connections of their own, which would keep the test's database from going away."""
    yield
    for check in (health.database, health.worker):
        check.probe.__self__.forget()


@pytest.mark.parametrize("path", ["/health", "/ready", "/ready/core", "/ready/worker"])
def test_health_paths_are_logged_at_debug_only(path, probes, requests, caplog):
    Client().get(path)
    assert requests() == []

    caplog.set_level(logging.DEBUG, logger="core.access_log")
    Client().get(path)
    assert [(line["path"], line["level"]) for line in requests()] == [(path, "DEBUG")]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("q=disk&limit=5", "q=disk&limit=5"),
        ("token=s3cret", "token=-"),
        ("a=1&access_token=s3cret&b=2", "a=1&access_token=-&b=2"),
        ("API-Key=s3cret&Password=s3cret", "API-Key=-&Password=-"),
        ("client_secret=s3cret&X-Signature=s3cret", "client_secret=-&X-Signature=-"),
        ("%74oken=s3cret", "%74oken=-"),
        ("to%6ben=s3cret&token=s3cret=s3cret", "to%6ben=-&token=-"),
        ("token=s3cret;token=s3cret", "token=-"),
        ("token", "token"),
        ("q=inc_a1b2c3&x=inc_a1b2c3d4", "q=inc_a1b2c3&x=inc_-"),
        ("=s3&a", "=s3&a"),
    ],
)
def test_values_of_parameters_that_sound_secret_are_left_out(as_user, db, requests, query, shown):
    as_user().get(f"/nothing?{query}")

    assert [line["path"] for line in requests()] == [f"/nothing?{shown}"]


@pytest.mark.parametrize(
    "path",
    [
        *("/%0d%0a%7b%22level%22:%22INFO%22%7d", "/%1b[31mred%1b[0m", "/%e2%80%a8%e2%80%a9%c2%85", "/%00%7f%c2%9b"),
        *("/%ff%fe", "/%e2%80%aebidi", "/%f0%9f%94%a5", '/"}\\', "/x?q=%0a\u2028\x1b", "/" + "a" * 1024 * 1024),
        "/x?" + "%0a" * 300_000,
    ],
)
def test_a_hostile_path_is_one_line_of_bounded_size(as_user, db, log_text, path):
    as_user().get(path)
    text = log_text.getvalue()

    assert text.endswith("}\n")
    assert text[:-1].isascii()
    assert text[:-1].isprintable()
    assert len(text) < 8_000
    shown = json.loads(text)["path"]
    assert shown.isprintable()
    assert len(shown) < 6_000


@pytest.mark.parametrize("value", ['\r\n{"level":"INFO"}', "\x1b[31m", "\u2028", "\0", "x" * 1024 * 1024])
def test_a_hostile_header_is_one_line_of_bounded_size(as_user, rui, log_text, value):
    names = ("X-Request-ID", "User-Agent", "X-Forwarded-For", "Referer", "Cookie", "Idempotency-Key", "If-Match")
    for name in names:
        as_user(rui).post("/v1/incidents", BODY, **{name: value})
    as_user().call("G\x1b[31mT\n" + "x" * 100_000, "/nothing")
    lines = log_text.getvalue().split("\n")[:-1]

    assert [json.loads(line)["message"] for line in lines] == ["request"] * (len(names) + 1)
    assert all(line.isascii() and line.isprintable() and len(line) < 8_000 for line in lines)


def test_no_secret_reaches_any_line(as_user, ada, log_text, caplog):
    caplog.set_level(logging.DEBUG)
    api, key, password = as_user(ada), "an-idempotency-key", "correct horse battery"
    made = api.post("/v1/tokens", {"name": "ci", "scope": "write"}, Idempotency_Key=key).json()["token"]
    api.post("/v1/tokens", {"name": "other", "scope": "write"}, Idempotency_Key=key)
    api.post("/v1/incidents", BODY, Authorization=f"Bearer {made}x")
    api.get(f"/v1/incidents?token={made}")
    person = {"email": "eve@example.com", "name": "Eve", "password": password}
    created = api.post("/v1/users", person, Idempotency_Key=key + "2").json()
    api.patch(f"/v1/users/{created['id']}", {"password": password + "!"})
    Client().post("/account/login", {"login": "eve@example.com", "password": password})

    text = log_text.getvalue() + caplog.text
    own = api.headers["Authorization"].removeprefix("Bearer ")
    assert text.count('"message":"request"') == 7
    assert not [secret for secret in (made, own, key, password, "pbkdf2", "md5$") if secret in text]


def test_every_line_of_a_request_carries_its_id(as_user, rui, incident, settings, log_lines):
    settings.CACHES = settings.CACHES | {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    ids = [as_user(rui).get(f"/v1/incidents/{incident.pk}")["X-Request-ID"] for _ in range(2)]
    lines = log_lines()

    assert "redis_failed" in [line["message"] for line in lines]
    assert {line["request_id"] for line in lines} == set(ids)
    assert [line["request_id"] for line in lines if line["message"] == "request"] == ids


@pytest.mark.parametrize(
    ("body", "status"), [({f"f{number}": "x" for number in range(1100)}, 400), ({"f": "x" * 1_100_000}, 413)]
)
def test_a_form_that_is_too_much_is_one_line_and_no_traceback(db, log_lines, body, status):
    response = Client().post("/account/login", body)

    assert response.status_code == status
    assert [line["message"] for line in log_lines()] == ["request"]


@pytest.mark.parametrize("value", ["\N{SNOWMAN} \x9b31m", "\ud800", 2**70])
def test_a_line_is_ascii_and_not_lost_whatever_is_in_it(log_lines, log_text, value):
    logging.getLogger("core.test").info("odd", extra={"value": value})
    (line,) = log_lines()

    assert line["value"] == value
    assert log_text.getvalue().isascii()
