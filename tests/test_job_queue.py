"""The queue of jobs as PostgreSQL sees it, when many wait of whom its statistics do not know."""

import psycopg
import pytest

from core.management.commands import worker
from core.postgres import rows

FINISHED, MANY = 500, 10_000
JOBS = """
INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, args, status)
SELECT 'reactions', 'incidents.jobs.react', 0, 'incident ' || number, '{}', %s FROM generate_series(1, %s) AS number
"""
FETCH = "SELECT (procrastinate_fetch_job_v2(ARRAY['reactions'], NULL)).lock"


@pytest.fixture
def as_the_worker_looks(db: None) -> None:
    rows.run(f"SET LOCAL {worker.NO_SORTS}; SET LOCAL statement_timeout = '60s'")


def pages_read() -> int:
    (([told],),) = rows.run(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {FETCH}")
    plan = told["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def test_to_look_for_a_job_does_not_compare_all_that_wait_nor_read_them_once_they_are_known(
    as_the_worker_looks: None,
) -> None:
    rows.run(JOBS, ["succeeded", FINISHED])
    rows.run("ANALYZE procrastinate_jobs")
    rows.run(JOBS, ["todo", MANY])
    surprised = [pages_read() for _ in range(4)]
    rows.run("ANALYZE procrastinate_jobs")  # as autovacuum does
    knowing = [pages_read() for _ in range(4)]

    assert rows.run(FETCH) == [("incident 9",)]
    assert max(surprised) < 5 * MANY / 20  # a page of the index holds some 50, and one of the table some 60
    assert min(knowing) < 65


def test_statistics_of_the_queue_are_renewed_by_the_thousand(db: None) -> None:
    ((options,),) = rows.run("SELECT reloptions FROM pg_class WHERE relname = 'procrastinate_jobs'")

    assert {"autovacuum_analyze_scale_factor=0", "autovacuum_analyze_threshold=2000"} <= set(options)


def test_the_worker_looks_in_that_way(db: None) -> None:
    with psycopg.connect(**worker.parameters()) as session:
        shown = [session.execute(f"SHOW {name}").fetchone() for name in ("enable_sort", "lock_timeout")]

    assert shown == [("off",), ("2s",)]
