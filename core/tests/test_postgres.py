"""Our PostgreSQL backend: a health check that seldom needs a trip, and the refusal of a server that loses writes."""

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core import checks
from django.db import DataError, OperationalError, connection

from core.postgres import rows
from core.postgres.base import FRESH_SECONDS, MOST_KEPT, DatabaseWrapper
from core.postgres.checks import unsafe_settings
from core.tests.front_server import BARE, Server, get
from tests import starts

LAST_QUERY = "SELECT query FROM pg_stat_activity WHERE pid = %s"


@pytest.fixture
def other(db: None) -> Iterator[DatabaseWrapper]:
    """A connection of its own, beside the test's, which watches it from the server's side."""
    wrapper: Any = connection.copy()
    wrapper.ensure_connection()
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT 'the last query'")
    yield wrapper
    wrapper.close()


def one(query: str, *parameters: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchone()[0]


def pid_of(wrapper: DatabaseWrapper) -> int:
    assert wrapper.connection
    return wrapper.connection.info.backend_pid


def test_a_connection_that_was_just_used_is_usable_without_a_trip(other: DatabaseWrapper) -> None:
    assert other.is_usable()

    assert one(LAST_QUERY, pid_of(other)) == "SELECT 'the last query'"


def test_a_connection_that_was_idle_for_long_is_asked(other: DatabaseWrapper) -> None:
    assert other.connection
    other.connection.used_at -= FRESH_SECONDS

    assert other.is_usable()
    assert one(LAST_QUERY, pid_of(other)) == "SELECT 1"


def test_a_connection_that_saw_an_error_is_asked(other: DatabaseWrapper) -> None:
    other.errors_occurred = True

    assert other.is_usable()
    assert one(LAST_QUERY, pid_of(other)) == "SELECT 1"


def test_a_connection_that_the_server_closed_is_noticed_at_once(other: DatabaseWrapper) -> None:
    assert one("SELECT pg_terminate_backend(%s, 5000)", pid_of(other))

    assert not other.is_usable()


def test_a_connection_that_is_hung_up_ends_the_query_that_waits_on_it(other: DatabaseWrapper) -> None:
    assert other.connection
    started = time.monotonic()
    threading.Timer(0.2, other.connection.hang_up).start()

    with pytest.raises(OperationalError), other.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(10)")
    assert time.monotonic() - started < 3
    assert not other.is_usable()


def test_settings_that_lose_acknowledged_writes_are_found(other: DatabaseWrapper) -> None:
    assert unsafe_settings(other) == []

    with other.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    assert unsafe_settings(other) == ["synchronous_commit"]


@pytest.mark.parametrize(("environment", "level"), [("production", checks.ERROR), ("development", checks.WARNING)])
def test_the_deployment_check_tells_of_them(db: None, settings: Any, environment: str, level: int) -> None:
    settings.ENVIRONMENT = environment
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")

    found = [message for message in checks.run_checks(databases=["default"]) if message.id == "core.E001"]

    assert [message.level for message in found] == [level]
    assert "synchronous_commit=off" in found[0].msg


def engine_url() -> str:
    return urlsplit(settings.DATABASE_URL)._replace(path="/postgres").geturl()


def test_production_does_not_start_on_a_server_that_may_lose_acknowledged_writes() -> None:
    variables = {
        "DJANGO_SETTINGS_MODULE": "core.tests.front_settings",
        "ENVIRONMENT": "production",
        "DATABASE_URL": engine_url(),
        "PGOPTIONS": "-c synchronous_commit=off",
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.conf.py"]

    done = starts.run(command, env=BARE | variables, timeout=15)

    assert done.returncode == 1
    assert "turn synchronous_commit on" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("is_there", [True, False], ids=["on a safe server", "before its server is there"])
def test_production_starts(tmp_path: Path, is_there: bool) -> None:
    url = engine_url() if is_there else "postgresql://postgres@127.0.0.1:1/postgres"

    with Server(tmp_path / "log", ENVIRONMENT="production", DATABASE_URL=url) as server:
        assert server.connect().send(get("/v1/query")).answer()[0] == (200 if is_there else 503)


def test_a_kept_cursor_gives_each_run_its_own_rows(db: None) -> None:
    statement = "SELECT %s::int, %s::text"
    first = rows.every(statement, [1, "a"])
    again = rows.one(" ".join(statement.split()), [2, "b"])  # the same text, another object

    assert (first, again) == ([(1, "a")], (2, "b"))
    assert rows.every("SELECT 1 WHERE %s", [False]) == []
    assert rows.one("SELECT 1 WHERE %s", [False]) is None


def test_kept_cursors_are_counted_traced_and_end_with_their_connection(
    other: DatabaseWrapper, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):
        assert rows.one("SELECT %s::int", [1]) == rows.one("SELECT %s::int", [1]) == (1,)
    other.run_kept("SELECT %s::int", [1])
    other.close()

    assert other.run_kept("SELECT %s::int", [3]).fetchone() == (3,)


def test_an_error_leaves_the_kept_cursor_usable_and_is_django_s(other: DatabaseWrapper) -> None:
    with pytest.raises(DataError):
        other.run_kept("SELECT 1 / %s::int", [0])

    assert other.run_kept("SELECT 1 / %s::int", [1]).fetchone() == (1,)


def test_no_more_cursors_are_kept_than_there_are_statements(other: DatabaseWrapper) -> None:
    for number in range(3 * MOST_KEPT):
        other.run_kept(f"SELECT {number}", [])

    assert other.connection
    assert 0 < len(other.connection.kept) <= MOST_KEPT
