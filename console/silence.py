"""What every page says while no worker lives: nobody is told of anything then, and those who look would not notice."""

import time
from concurrent.futures import TimeoutError as FutureTimeout

from core.health import WORKER_IS_HEARD, Check, Database, Failed

ASKED_EVERY_SECONDS = 10.0
PATIENCE_SECONDS = 0.2  # of a page


def listen() -> None:
    """On a connection that is not kept: it would be one more for each web process."""
    database = Database()
    try:
        if not database.ask(WORKER_IS_HEARD):
            raise Failed
    finally:
        database.forget()


heard = Check(listen, fresh_for=ASKED_EVERY_SECONDS)


def is_there() -> bool:
    """False, too, while nobody knows."""
    answer, asked_at = heard.ask()
    try:
        error = answer.exception(max(0.0, asked_at + PATIENCE_SECONDS - time.monotonic()))
    except FutureTimeout:
        return False
    return isinstance(error, Failed)
