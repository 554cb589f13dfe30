"""Each worker calls an address every minute as long as the work gets done: who waits there raises the alarm in silence.

No job of its own: the worker's jobs are among what is looked at, so one that is stuck falls silent, too.
"""

import logging
import threading

from django.conf import settings

from core import health, outbound

logger = logging.getLogger(__name__)

FIRST_SECONDS = 10.0  # a worker that begins has to be heard of first
EVERY_SECONDS = 60.0
PATIENCE_SECONDS = 10.0


class Switch:
    """`with Switch():` calls."""

    def __init__(self) -> None:
        self.ending = threading.Event()

    def __enter__(self) -> None:
        threading.Thread(target=self.work, name="deadman", daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self.ending.set()

    def work(self) -> None:
        pause = FIRST_SECONDS
        while not self.ending.wait(pause):
            pause = EVERY_SECONDS
            try:
                call()
            except Exception:
                logger.exception("deadman_stumbled")


def call() -> None:
    """Whatever goes wrong is only logged: not to be heard is what tells of it."""
    if not is_well():
        logger.warning("deadman_withheld")
        return
    try:
        answer = outbound.request(
            "GET", settings.DEADMAN_URL, headers={"User-Agent": "incidents"}, content=b"", deadline=PATIENCE_SECONDS
        )
    except (outbound.Failed, outbound.Refused) as error:
        logger.warning("deadman_not_heard", extra={"reason": str(error)})
        return
    if not 200 <= answer.status < 300:
        logger.warning("deadman_not_heard", extra={"status": answer.status})


def is_well() -> bool:
    """What /ready/worker would say, had it as much time."""
    answer, asked_at = health.worker.ask()
    return bool(health.outcome(answer, asked_at + PATIENCE_SECONDS)["status"] == "ok")
