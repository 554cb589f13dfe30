"""The dead man's switch: called while all is well, silent otherwise, and nothing hangs on whether anybody answers."""

from math import inf

import pytest
from django.db import connection

from core import deadman, health
from core.tests.raw_receiver import OK, Receiver
from core.tests.test_health import HEARD, JOB
from tests.live_server import becomes_true

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("on_loopback")]


@pytest.fixture(autouse=True)
def asked_anew():
    yield
    health.worker.asked_at = -inf
    health.worker.probe.__self__.forget()  # else the test's database could not go away


def execute(query: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)


def called(settings, behave=OK) -> list[bytes]:
    """What came to the address."""
    health.worker.asked_at = -inf
    with Receiver(behave) as receiver:
        settings.DEADMAN_URL = receiver.url(path="/ping/secret")
        deadman.call()
    return receiver.requests


def test_a_worker_that_does_its_work_is_heard(settings, log_lines):
    execute(HEARD, 1)

    (request,) = called(settings)
    assert request.startswith(b"GET /ping/secret HTTP/1.1\r\n")
    assert log_lines() == []


def test_it_falls_silent_when_what_a_worker_should_have_done_is_late(settings, log_lines):
    execute(HEARD, 1)
    execute(JOB, "todo", -61)

    assert called(settings) == []
    assert log_lines()[-1]["message"] == "deadman_withheld"


def test_it_falls_silent_when_nobody_can_ask_the_database(settings, monkeypatch):
    execute(HEARD, 1)
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")

    assert called(settings) == []


@pytest.mark.parametrize(
    "behave",
    [b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", b"not HTTP", lambda connection, *_: connection.close()],
)
def test_an_address_that_does_not_answer_well_is_logged_without_its_secret(settings, log_text, log_lines, behave):
    execute(HEARD, 1)

    assert len(called(settings, behave)) == 1
    assert log_lines()[-1]["message"] == "deadman_not_heard"
    assert "secret" not in log_text.getvalue()


def test_an_address_that_is_not_allowed_is_logged(settings, log_lines):
    execute(HEARD, 1)
    settings.DEADMAN_URL = "https://169.254.169.254/latest"
    health.worker.asked_at = -inf

    deadman.call()

    assert log_lines()[-1]["reason"] == "The address is not allowed or not reachable."


def test_a_worker_goes_on_calling_until_it_ends(settings, monkeypatch):
    monkeypatch.setattr(deadman, "FIRST_SECONDS", 0)
    monkeypatch.setattr(deadman, "EVERY_SECONDS", 0.05)
    execute(HEARD, 1)
    with Receiver(OK) as receiver:
        settings.DEADMAN_URL = receiver.url()
        with deadman.Switch():
            assert becomes_true(lambda: len(receiver.requests) > 1)
