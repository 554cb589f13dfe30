"""What the probes say, with every engine alive. (Dead and frozen: test_faults.)"""

from collections.abc import Callable, Iterator
from math import inf
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from core import health

CHECKS = (health.database, health.cache, health.worker)
# procrastinate's tables are none of Django's, which empties the others between tests.
FORGET_JOBS = "DELETE FROM procrastinate_workers; DELETE FROM procrastinate_jobs"
HEARD = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s))"
JOB = """
INSERT INTO procrastinate_jobs (queue_name, task_name, priority, args, status, scheduled_at)
VALUES ('reactions', 'a task', 0, '{}', %s, now() + make_interval(secs => %s))
"""


@pytest.fixture
def get(django_db_setup: None, django_db_blocker: Any, client: Client) -> Iterator[Callable[..., Any]]:
    """Asks anew each time. The probes have connections of their own: what a test writes is committed and undone."""

    def get(path: str, **headers: str) -> Any:
        for check in CHECKS:
            check.asked_at = -inf
        return client.get(path, headers=headers)

    with django_db_blocker.unblock():
        execute(FORGET_JOBS)
        yield get
        execute(FORGET_JOBS)
    for check in (health.database, health.worker):
        check.probe.__self__.forget()  # else the test's database could not go away


def execute(query: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters or None)


def test_health_is_ok_for_strangers_under_any_host(get: Callable[..., Any]) -> None:
    response = get("/health", Host="10.1.2.3:8080")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_health_touches_no_database(client: Client) -> None:
    """No `db` here: pytest-django fails a test that queries all the same."""
    assert client.get("/health").status_code == 200


@pytest.mark.parametrize(("path", "names"), [("/ready", {"database", "cache"}), ("/ready/core", {"database"})])
def test_ready_tells_of_each_thing_how_it_is_and_how_long_it_took(
    get: Callable[..., Any], path: str, names: set[str]
) -> None:
    response = get(path)

    assert (response.status_code, response.json()["status"]) == (200, "ready")
    checks = response.json()["checks"]
    assert set(checks) == names
    assert all(check["status"] == "ok" and 0 <= check["latency_ms"] < 1000 for check in checks.values())


def test_a_database_that_lacks_a_migration_is_not_ready(get: Callable[..., Any], monkeypatch: Any) -> None:
    monkeypatch.setattr(health.database.probe.__self__, "is_migrated", False)
    execute("UPDATE django_migrations SET app = 'gone' WHERE app = 'incidents'")

    response = get("/ready/core")
    execute("UPDATE django_migrations SET app = 'incidents' WHERE app = 'gone'")

    assert (response.status_code, response.json()["checks"]["database"]) == (503, {"status": "failed"})


def test_an_answer_of_the_last_second_is_given_again(client: Client, get: Callable[..., Any]) -> None:
    first = get("/ready/core").json()

    assert client.get("/ready/core").json() == first


@pytest.mark.parametrize(("seconds_ago", "status"), [(None, 503), (70, 503), (50, 200)])
def test_a_worker_is_heard_for_a_minute(get: Callable[..., Any], seconds_ago: int | None, status: int) -> None:
    if seconds_ago is not None:
        execute(HEARD, seconds_ago)

    assert get("/ready/worker").status_code == status


@pytest.mark.parametrize(
    ("job", "due_in", "status"),
    [("todo", -70, 503), ("todo", -50, 200), ("todo", 70, 200), ("doing", -70, 200), ("succeeded", -70, 200)],
)
def test_a_job_that_is_over_a_minute_late_is_told(get: Callable[..., Any], job: str, due_in: int, status: int) -> None:
    execute(HEARD, 0)
    execute(JOB, job, due_in)

    assert get("/ready/worker").status_code == status


def test_a_job_without_a_time_is_due_when_it_was_deferred(get: Callable[..., Any]) -> None:
    execute(HEARD, 0)
    execute(JOB, "todo", None)
    assert get("/ready/worker").status_code == 200

    execute("UPDATE procrastinate_events SET at = now() - interval '70 s'")
    assert get("/ready/worker").status_code == 503
