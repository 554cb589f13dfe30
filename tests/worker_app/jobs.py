"""Jobs that do what jobs do at their worst. Each notes its steps in a file, where the test sees them."""

import logging
import time
from pathlib import Path

from django.db import connection
from procrastinate.contrib.django import app

from core import jobs

logger = logging.getLogger(__name__)


def note(path: str, step: str) -> None:
    with Path(path).open("a") as file:
        file.write(f"{step}\n")


@app.task
def take_time(path: str, seconds: float) -> None:
    note(path, "begun")
    time.sleep(seconds)
    note(path, "done")


@app.task(retry=jobs.Backoff())
def fail_once(path: str, request_id: str) -> None:
    note(path, "begun")
    if Path(path).read_text() == "begun\n":
        raise ValueError("the first time")
    logger.info("worked_at_last")


@app.task
def ask_for_the_time_limit(path: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        note(path, cursor.fetchone()[0])


@app.task
def lose_the_connection() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
