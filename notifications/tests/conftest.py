"""What the tests share: time that travels, receivers that behave as told, and the two steps of the worker."""

import ipaddress
import json
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from core.tests.raw_receiver import Receiver
from incidents import reactions
from incidents import services as incidents
from incidents.models import Incident
from notifications import preferences, sending, services
from notifications.models import Endpoint, MailPreference
from users.models import User

TRAVELS = """
CREATE OR REPLACE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql STABLE AS
$$ SELECT now() + coalesce(nullif(current_setting('app.travelled', true), ''), '0')::interval $$;
"""


@pytest.fixture(autouse=True)
def loopback(settings: Any) -> None:
    """Receivers of a test are on this machine."""
    settings.WEBHOOK_ALLOW_HTTP = True
    settings.WEBHOOK_ALLOW_CIDRS = [ipaddress.ip_network("127.0.0.0/8")]


@pytest.fixture
def travel(db: None) -> Callable[..., None]:
    """`travel(seconds=61)`: so much later, by PostgreSQL's clock. In the transaction of the test, and gone with it."""
    passed = timedelta()
    with connection.cursor() as cursor:
        cursor.execute(TRAVELS)

    def go(**by: float) -> None:
        nonlocal passed
        passed += timedelta(**by)
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.travelled', %s, true)", [f"{passed.total_seconds()} seconds"])

    return go


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def webhook(ada: User, receiver: Receiver) -> Endpoint:
    """Ada's, for everything."""
    return services.create_webhook(url=receiver.url(), actor=ada)[0]


@pytest.fixture
def no_mail(db: None) -> None:
    """Nobody wants any, so that there is nothing but what a test is about."""
    nothing = {"created_severities": [], "assigned_severities": [], "wants_summary": False}
    preferences.store(None, nothing, nothing)


@pytest.fixture
def mail_as_built_in(no_mail: None) -> None:
    """The defaults, as long as no administrator has changed them."""
    MailPreference.objects.all().delete()


@pytest.fixture
def react(no_mail: None) -> Callable[[], None]:
    """What the worker does with the events that have come since, for those that left it a job."""
    done: set[int] = set()

    def run() -> None:
        for job, event in deferred():
            if job not in done:
                done.add(job)
                reactions.react(uuid.UUID(event["event_id"]), event["event_type"], pytest.fail)

    return run


def deferred() -> list[tuple[int, dict[str, str]]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, args FROM procrastinate_jobs WHERE task_name = 'incidents.jobs.react' ORDER BY id")
        return [(job, json.loads(args)) for job, args in cursor.fetchall()]


@pytest.fixture
def work(react: Callable[[], None]) -> Callable[[], int]:
    """The worker's two steps: react, and send all that is due. How many attempts it took."""

    def run() -> int:
        react()
        return sending.drain()

    return run


@pytest.fixture
def answering(receiver: Receiver) -> Callable[..., None]:
    """`answering(500)`: what the receiver says from now on."""

    def answer(status: int, *lines: str) -> None:
        head = "\r\n".join([f"HTTP/1.1 {status} Said", "Content-Length: 2", *lines])
        receiver.behave = f"{head}\r\n\r\nok".encode()

    return answer


@pytest.fixture
def opened(rui: User) -> Callable[..., Incident]:
    def make(**fields: Any) -> Incident:
        return incidents.open_incident(**{"title": "Disk full", "severity": "P1", "actor": rui, **fields})

    return make
