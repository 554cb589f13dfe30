"""The queue of jobs as PostgreSQL sees it, when many wait of whom its statistics do not know."""

from typing import Any

import psycopg
import pytest
from django.db import connection

from core.management.commands import worker

MANY = 10_000
QUEUE = """
INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, args)
SELECT 'reactions', 'incidents.jobs.react', 0, 'incident ' || number, '{}' FROM generate_series(1, %s) AS number
"""
FETCH = "SELECT (procrastinate_fetch_job_v2(ARRAY['reactions'], NULL)).lock"


@pytest.fixture
def session(db: None) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL {worker.NO_SORTS}; SET LOCAL statement_timeout = '60s'")
        yield cursor


def pages_read(session: Any) -> int:
    session.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {FETCH}")
    plan = session.fetchone()[0][0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def test_to_look_for_a_job_does_not_read_all_that_wait(session: Any) -> None:
    session.execute(QUEUE, [MANY])
    read = [pages_read(session) for _ in range(12)]  # the first by plans of their own, the others by one that is kept
    session.execute(FETCH)

    assert session.fetchone() == ("incident 13",)
    assert max(read[1:]) < 65


def test_the_worker_looks_in_that_way(db: None) -> None:
    with psycopg.connect(**worker.parameters()) as session:
        shown = [session.execute(f"SHOW {name}").fetchone() for name in ("enable_sort", "lock_timeout")]

    assert shown == [("off",), ("2s",)]
