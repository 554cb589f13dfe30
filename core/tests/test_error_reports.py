"""Reports to Sentry: where it happened and of which request, without what people wrote; and none by default."""

import gzip
import json
import logging
import sys
import tomllib

import pytest

from core import error_reports
from core.tests.failing_urls import SECRET
from core.tests.raw_receiver import OK, Receiver
from tests import starts
from tests.live_server import engines

SETTINGS = {"DJANGO_SETTINGS_MODULE": "config.settings"}
EMAIL = "somebody@example.org"
WHAT_IS_LOADED = """
import sys, django
django.setup()
import config.asgi
from core import start
start.serve()
print([name for name in ("sentry_sdk", "opentelemetry.sdk.trace", "core.deadman") if name in sys.modules])
"""


@pytest.fixture
def reports(settings):
    """`reports()` ends the reporting and gives what was sent: the envelopes as text, and the events in them."""
    with Receiver(OK) as receiver:
        settings.SENTRY_DSN = f"http://public@127.0.0.1:{receiver.port}/1"
        error_reports.begin()

        def sent() -> tuple[str, list[dict]]:
            error_reports.end()
            bodies = [request.partition(b"\r\n\r\n")[2] for request in receiver.requests]
            texts = [gzip.decompress(body).decode() for body in bodies]
            return "".join(texts), [json.loads(text.split("\n")[2]) for text in texts]

        yield sent
        error_reports.end()


def test_a_fault_is_reported_with_its_request_and_without_what_was_in_it(reports, as_user, settings):
    settings.ROOT_URLCONF = "core.tests.failing_urls"
    settings.RELEASE = "r-7"
    path = f"/v1/failing?mail={EMAIL}"
    as_user().post(path, {"mail": EMAIL}, X_Request_ID="req-1", Cookie=f"mail={EMAIL}", User_Agent=EMAIL)

    text, (event,) = reports()
    (error,) = event["exception"]["values"]
    assert (event["message"], event["level"], event["logger"]) == ("internal_error", "error", "core.exception_handler")
    assert (event["tags"]["request_id"], event["environment"]) == ("req-1", settings.ENVIRONMENT)
    assert error["type"] == "ZeroDivisionError"
    # It is raised by other tests too, whose frames it keeps.
    assert "create" in [frame["function"] for frame in error["stacktrace"]["frames"]]
    assert not any(secret in text for secret in (EMAIL, SECRET, "127.0.0.1"))
    assert {"request", "user", "breadcrumbs", "modules"}.isdisjoint(event)


def test_a_refusal_is_no_report(reports, as_user, rui):
    as_user(rui).post("/v1/incidents", {"title": ""})
    as_user().get("/v1/incidents")

    assert reports() == ("", [])


def test_what_a_library_says_stays_behind_and_the_job_is_named(reports):
    extra = {"job": {"task_name": "users.jobs.send_reset", "args": {"email": EMAIL}}, "client_ip": "192.0.2.7"}
    logging.getLogger("procrastinate.worker").error("Job send_reset(email='%s') ended", EMAIL, extra=extra)

    text, (event,) = reports()
    assert (event["message"], event["tags"]["task"]) == ("procrastinate.worker", "users.jobs.send_reset")
    assert EMAIL not in text
    assert "192.0.2.7" not in text


def test_a_sentry_that_is_away_is_nobodys_problem(reports, as_user, settings):
    settings.ROOT_URLCONF = "core.tests.failing_urls"
    settings.SENTRY_DSN = "http://public@127.0.0.1:1/1"
    error_reports.end()
    error_reports.begin()

    assert as_user().post("/v1/failing").status_code == 500


def test_what_is_not_configured_is_not_even_loaded(db):
    done = starts.run([sys.executable, "-c", WHAT_IS_LOADED], env=starts.BARE | engines() | SETTINGS)

    assert done.stdout.strip() == "[]", done.stderr


def test_the_release_is_that_of_the_project():
    project = tomllib.loads((starts.ROOT / "pyproject.toml").read_text())["project"]

    assert f"# RELEASE={project['version']}\n" in (starts.ROOT / ".env.example").read_text()


def test_an_address_that_is_none_stops_the_start_and_is_not_shown():
    done = starts.run([sys.executable, "manage.py", "check"], env=starts.BARE | {"SENTRY_DSN": "secret"})

    assert done.returncode == 1
    assert done.stderr == "SENTRY_DSN is not valid: it must be an http:// or https:// address.\n"
