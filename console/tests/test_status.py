"""The page of how the service is: what runs, what waits, and in words what is not as it should be."""

from math import inf

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django import app
from uuid_utils.compat import uuid7

from console import status
from core import cache, health
from core.tests.test_health import HEARD, JOB
from notifications import services
from notifications.models import Delivery, Endpoint


@pytest.fixture(autouse=True)
def asked_anew():
    health.cache.asked_at = -inf
    yield
    health.cache.asked_at = -inf
    health.cache.probe.__self__.client = None


@pytest.fixture
def browser(browser_of, ada):
    execute("DELETE FROM procrastinate_workers; DELETE FROM procrastinate_jobs")
    execute(HEARD, 1)
    return browser_of(ada)


def execute(query: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters or None)


def wrong(browser) -> list[str]:
    return browser.get("/status").context["wrong"]


def test_what_works_is_said_to_work_with_what_runs(browser, settings):
    settings.RELEASE = "r-7<b>"
    page = browser.get("/status").text

    assert "Everything works." in page
    assert "r-7&lt;b&gt;" in page
    assert str(connection.pg_version // 10000) in page
    assert page.count("Works</span>") == 1


def test_nobody_but_administrators_finds_it(browser_of, rui):
    browser = browser_of(rui)

    assert browser.get("/status").status_code == 403
    assert "/status" not in browser.get("/").text


def test_without_redis_it_says_so_and_shows_the_rest(browser, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    health.cache.probe.__self__.client = None
    cache.breaker.failed()

    response = browser.get("/status")
    assert response.context["wrong"][0].startswith("Redis does not answer.")
    assert "<dt>Redis</dt><dd>away</dd>" in response.text


def test_workers_that_are_silent_or_behind(browser):
    execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '61 s'")
    execute(JOB, "todo", -150)
    execute(JOB, "todo", 150)
    execute(JOB, "failed", 0)

    silent, behind, failed = wrong(browser)
    assert silent.startswith("No worker has been heard for a minute")
    assert behind.startswith("Jobs wait for a worker, the oldest for 2 min")
    assert failed.startswith("1 of the latest")
    (queue,) = browser.get("/status").context["queues"]
    assert (queue.name, queue.due, queue.later, queue.running, queue.failed) == ("reactions", 1, 1, 0, 1)


def test_a_worker_with_a_job_and_one_that_has_just_been_deferred_are_well(browser, incident):
    execute(JOB, "todo", 0)
    execute("UPDATE procrastinate_jobs SET scheduled_at = NULL")
    execute(
        "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT id FROM procrastinate_workers)"
        " WHERE id = (SELECT min(id) FROM procrastinate_jobs)"
    )

    response = browser.get("/status")
    assert response.context["wrong"] == []
    assert [worker.running for worker in response.context["workers"]] == [1]


def test_everything_that_runs_by_the_clock_has_a_name():
    assert {task.task.name for task in app.periodic_registry.periodic_tasks.values()} <= set(status.CHORES)


def test_a_chore_that_failed(browser):
    execute(JOB, "failed", 0)
    execute(
        "INSERT INTO procrastinate_periodic_defers (task_name, defer_timestamp, job_id)"
        " SELECT 'core.jobs.purge_idempotency_keys', 1, max(id) FROM procrastinate_jobs"
    )

    assert "Purge of expired idempotency keys: failed the last time." in wrong(browser)


def test_deliveries_that_wait_and_targets_that_fail(browser, ada, loopback, incident):
    webhook = services.create_webhook(url="http://127.0.0.1:9/hook", actor=ada)[0]
    fields = {
        "type": "incident.created",
        "kind": "webhook",
        "endpoint": webhook,
        "target": webhook.url,
        "payload": "{}",
    }
    delivery = Delivery.objects.create(key=f"event:{uuid7()}", **fields)
    execute("UPDATE notifications_delivery SET due_at = now() - interval '5 minutes' WHERE id = %s", delivery.pk)
    execute("UPDATE notifications_endpoint SET failing_since = now()")
    response = browser.get("/status")
    assert response.context["wrong"] == [
        "Deliveries wait to be sent, the oldest for 5 min.",
        "1 target of notifications: every attempt fails at present.",
    ]

    Endpoint.objects.update(is_active=False)
    response = browser.get("/status")
    assert response.context["wrong"] == []
    assert (response.context["backlog"].waiting, response.context["backlog"].parked) == (0, 1)


def test_a_service_that_drops_mails(browser, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

    (sentence,) = wrong(browser)
    assert sentence.startswith("EMAIL_URL is not set: nobody gets a mail")


def test_a_migration_that_is_missing(browser):
    MigrationRecorder.Migration.objects.filter(app="core", name="0003_no_notify_of_jobs").delete()

    assert wrong(browser) == ["Migrations are missing: core.0003_no_notify_of_jobs. Run manage.py migrate."]


def test_the_cache_tells_how_often_it_knew(browser, as_user, rui, incident):
    before = browser.get("/status").context["cache"]
    reader = as_user(rui)
    for _ in range(3):
        reader.get(f"/v1/incidents/{incident.pk}")

    after = browser.get("/status").context["cache"]
    assert after["asked"] == before["asked"] + 3
    assert after["hits"] == before["hits"] + 2


def test_its_queries_do_not_grow_with_what_waits(browser):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            browser.get("/status")
        return len(asked)

    before = queries()
    for _ in range(5):
        execute(HEARD, 1)
        execute(JOB, "todo", -10)
    assert queries() == before < 20
