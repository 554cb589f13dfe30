"""A real worker process: what it runs, what it logs, how it ends, and who takes over from one that was killed."""

import contextlib
import json
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from core import jobs
from core.models import IdempotencyKey
from tests import starts
from tests.live_server import becomes_true, engines

pytestmark = pytest.mark.django_db(transaction=True)
TASKS = "tests.worker_app.jobs"
COMMAND = [sys.executable, "manage.py", "worker"]


@pytest.fixture(autouse=True)
def reactions(settings):
    settings.SUBSCRIPTIONS = "tests.worker_app.reactions.SUBSCRIPTIONS"


class Worker:
    def __init__(self, log: Path, variables: dict[str, str]) -> None:
        self.log = log
        with log.open("wb") as stderr:
            self.process = starts.Process(
                COMMAND,
                env=starts.BARE | engines() | {"DJANGO_SETTINGS_MODULE": "tests.worker_settings"} | variables,
                stderr=stderr,
            )

    def lines(self) -> list[dict]:
        return [json.loads(line) for line in self.log.read_text().split("\n")[:-1]]

    def line(self, message: str) -> dict:
        """The first line with this message, as soon as it is there."""
        assert becomes_true(lambda: any(line["message"] == message for line in self.lines())), self.log.read_text()
        return next(line for line in self.lines() if line["message"] == message)

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(20)


@pytest.fixture
def start(tmp_path) -> Iterator:
    started: list[Worker] = []

    def make(**variables: str) -> Worker:
        started.append(Worker(tmp_path / f"worker-{len(started)}.log", variables))
        return started[-1]

    yield make
    for worker in started:
        if worker.process.poll() is None:
            worker.end(signal.SIGKILL)


def defer(task: str, **arguments) -> int:
    return app.configure_task(f"{TASKS}.{task}").defer(**arguments)


def row(job_id: int) -> tuple[str, int]:
    """The job's status, and how often it was begun."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT status, attempts FROM procrastinate_jobs WHERE id = %s", [job_id])
        return cursor.fetchone()


def sql(statement: str, *values) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def steps(file: Path) -> list[str]:
    return file.read_text().split() if file.exists() else []


def test_a_reaction_carries_the_id_of_the_request_that_caused_it(start, as_user, rui):
    worker = start()
    as_user(rui).post("/v1/incidents", {"title": "Disk full", "severity": "P1"}, X_Request_ID="req-1")

    line = worker.line("reacted")
    assert (line["request_id"], line["event"]) == ("req-1", "CREATED")
    assert worker.end() == 0


def test_the_events_of_one_incident_wait_for_each_other_and_not_for_a_clock(start, as_user, rui, tmp_path):
    api, file = as_user(rui), tmp_path / "steps"
    file.touch()
    path = api.post("/v1/incidents", {"title": "Disk full", "severity": "P1"}).headers["Location"]
    start().line("reacted")

    for _ in range(8):
        api.post(f"{path}/comments", {"body": str(file)})

    assert becomes_true(lambda: steps(file).count("done") == 8, within=4)


def test_reactions_that_fail_leave_nothing_and_then_write_and_defer_once(
    start, as_user, rui, incident, settings, tmp_path
):
    settings.SUBSCRIPTIONS = "tests.worker_app.reactions.SUBSCRIPTIONS"
    file = tmp_path / "steps"
    as_user(rui).post(f"/v1/incidents/{incident.pk}/comments", {"body": str(file)})
    worker = start()

    assert becomes_true(lambda: "done" in steps(file))
    worker.end()
    assert steps(file) == ["failed", "begun", "done"]
    assert worker.line("reactions_failed")["request_id"]
    assert [row.principal for row in IdempotencyKey.objects.all()] == ["reaction"]


def test_a_job_that_fails_is_logged_and_tried_again(start, tmp_path):
    job = defer("fail_once", path=str(tmp_path / "steps"), request_id="req-1")
    worker = start()

    assert worker.line("worked_at_last")["request_id"] == "req-1"
    failed = worker.line("job_failed")
    assert (failed["level"], failed["request_id"], failed["job_id"], failed["attempt"]) == ("WARNING", "req-1", job, 1)
    assert failed["task"] == f"{TASKS}.fail_once"
    assert "ValueError: the first time" in failed["exc_info"]
    assert becomes_true(lambda: row(job) == ("succeeded", 2))


def test_a_job_that_fails_for_good_is_named_in_the_log_without_its_arguments(start, tmp_path):
    job = defer("take_time", path=str(tmp_path), seconds="kim@example.com")  # a folder, to which nothing can be added
    worker = start()

    assert becomes_true(lambda: row(job) == ("failed", 1))
    worker.end()
    (line,) = [line for line in worker.lines() if line["level"] == "ERROR"]
    assert line["message"].startswith(f"Job {TASKS}.take_time[{job}] ended with status: Error")
    assert line["job"]["task_name"] == f"{TASKS}.take_time"
    assert "kim@example.com" not in worker.log.read_text()


def test_a_worker_that_is_told_to_stop_finishes_its_job_first(start, tmp_path):
    file = tmp_path / "steps"
    job = defer("take_time", path=str(file), seconds=1)
    worker = start()
    assert becomes_true(lambda: steps(file) == ["begun"])

    assert worker.end() == 0
    assert steps(file) == ["begun", "done"]
    assert row(job) == ("succeeded", 1)


@pytest.mark.fault
def test_the_job_of_a_killed_worker_is_handed_to_another(start, tmp_path):
    file = tmp_path / "steps"
    job = defer("take_time", path=str(file), seconds=0.5)
    killed = start()
    assert becomes_true(lambda: steps(file) == ["begun"])
    killed.end(signal.SIGKILL)
    sql("UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '31 s'")

    with contextlib.suppress(AlreadyEnqueued):  # by the killed worker, at its start
        jobs.retry_stalled.defer(timestamp=0)
    worker = start()
    assert worker.line("job_of_a_dead_worker")["job_id"] == job
    assert becomes_true(lambda: row(job) == ("succeeded", 2))
    assert steps(file) == ["begun", "begun", "done"]


def test_one_job_that_cannot_be_handed_back_does_not_hold_up_the_others(start, tmp_path):
    file = tmp_path / "steps"
    deadly, twin, innocent = (defer("take_time", path=str(file), seconds=0) for _ in range(3))
    sql("UPDATE procrastinate_jobs SET status = 'doing'")
    sql("UPDATE procrastinate_jobs SET attempts = 5 WHERE id = %s", deadly)
    sql("UPDATE procrastinate_jobs SET queueing_lock = 'one' WHERE id = %s", twin)
    waiting = app.configure_task(f"{TASKS}.take_time", queueing_lock="one", schedule_in={"hours": 1}).defer(path="")

    jobs.retry_stalled.defer(timestamp=0)
    given_up = start().line("job_given_up")
    assert (given_up["level"], given_up["job_id"]) == ("ERROR", deadly)
    assert becomes_true(lambda: row(innocent) == ("succeeded", 2))
    assert (row(deadly)[0], row(twin)[0], row(waiting)[0]) == ("failed", "aborted", "todo")
    assert steps(file) == ["begun", "done"]


def test_the_worker_purges_expired_keys_every_hour(start):
    sql(
        "INSERT INTO core_idempotency_key (principal, key, fingerprint, expires_at)"
        " VALUES ('p', 'old', 'v1:', now()), ('p', 'new', 'v1:', now() + interval '1 minute')"
    )
    (periodic,) = (each for each in app.periodic_registry.periodic_tasks.values() if "purge_idem" in each.task.name)
    jobs.purge_idempotency_keys.defer(timestamp=0)

    assert start().line("idempotency_keys_purged")["count"] == 1
    assert periodic.cron == "7 * * * *"


@pytest.mark.fault
def test_a_lost_connection_costs_one_job_and_not_all_that_follow(start, tmp_path):
    file = tmp_path / "steps"
    lost = defer("lose_the_connection")
    worker = start()
    assert becomes_true(lambda: row(lost)[0] == "failed")
    following = [defer("ask_for_the_time_limit", path=str(file)) for _ in range(8)]

    assert becomes_true(lambda: all(row(job)[0] not in ("todo", "doing") for job in following))
    assert [row(job) for job in following] == [("succeeded", 1)] * 8
    assert steps(file) == ["30s"] * 8  # longer than a request's: nobody waits for a job
    assert worker.end() == 0


@pytest.fixture
def shut() -> Iterator[Callable[[], None]]:
    """Call it, and the database lets nobody in, and has thrown out all but this test."""
    connection.ensure_connection()
    name, me = connection.settings_dict["NAME"], connection.connection.info.backend_pid
    url = urlsplit(settings.DATABASE_URL)._replace(path="/postgres").geturl()
    with psycopg.connect(url, autocommit=True) as outside:

        def shut() -> None:
            outside.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            outside.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> %s", [name, me]
            )

        yield shut
        outside.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


@pytest.mark.fault
def test_a_worker_that_loses_postgresql_ends_with_an_error_to_be_started_again(start, shut):
    worker = start()
    with connection.cursor() as cursor:
        assert becomes_true(lambda: cursor.execute("SELECT 1 FROM procrastinate_workers").fetchone())

    shut()

    assert worker.process.wait(20) == 1
    assert "\nCommandError: PostgreSQL" in f"\n{worker.log.read_text()}"


def test_a_worker_without_postgresql_says_so(tmp_path):
    done = starts.run(COMMAND, env=starts.BARE | engines() | {"DATABASE_URL": "postgresql://127.0.0.1:1/none"})

    assert done.returncode == 1
    assert done.stderr.startswith("CommandError: PostgreSQL does not serve the worker: ")
    assert done.stderr.count("\n") == 1
