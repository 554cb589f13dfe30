"""Sends what is due, in the worker: one clerk talks to PostgreSQL, and its senders talk to the network alone."""

import logging
import queue as queues
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from types import TracebackType

from django.db import DatabaseError, InterfaceError, connection

from core import request_id
from notifications import channels, mail_queue, queue, services
from notifications.models import EventName
from notifications.outcome import Claimed, Outcome, Verdict

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5
GRACE_SECONDS = 16.0  # longer than any attempt
REST_SECONDS = 1.0

_news = threading.Event()


def wake() -> None:
    """There may be something due. Another process finds it by its poll."""
    _news.set()


@dataclass(slots=True)
class Pool:
    """Senders of their own, so that a slow webhook takes no thread from a mail."""

    name: str
    slots: int
    claim: Callable[[int], list[Claimed]]
    busy: int = 0

    @property
    def free(self) -> int:
        return self.slots - self.busy


def pools() -> list[Pool]:
    return [
        Pool("http", 12, queue.claim),
        Pool("urgent mail", 2, mail_queue.claim_urgent),
        Pool("mail", 4, mail_queue.claim),
    ]


class Dispatcher:
    """`with Dispatcher():` sends; at the end it claims nothing more and waits for what is on its way."""

    def __init__(self) -> None:
        self.pools: Sequence[Pool] = pools()
        self.done: queues.SimpleQueue[tuple[Pool, Claimed, Outcome]] = queues.SimpleQueue()
        self.is_stopping = False
        self.clerk = threading.Thread(target=self.work, name="clerk", daemon=True)
        self.senders = ThreadPoolExecutor(sum(pool.slots for pool in self.pools), "sender")

    def __enter__(self) -> "Dispatcher":
        self.clerk.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.is_stopping = True
        wake()
        self.clerk.join(GRACE_SECONDS)
        self.senders.shutdown(wait=False)

    def work(self) -> None:
        while not (self.is_stopping and not any(pool.busy for pool in self.pools)):
            _news.wait(POLL_SECONDS)
            _news.clear()
            try:
                self.turn()
            except (DatabaseError, InterfaceError) as error:
                logger.warning("deliveries_wait", extra={"error": type(error.__cause__ or error).__name__})
                connection.close()
                time.sleep(REST_SECONDS)
            except Exception:
                logger.exception("deliveries_stumbled")
                time.sleep(REST_SECONDS)
        connection.close()

    def turn(self) -> None:
        connection.close_if_unusable_or_obsolete()
        self.record()
        for pool in () if self.is_stopping else self.pools:
            for claimed in pool.claim(pool.free) if pool.free else ():
                pool.busy += 1
                self.senders.submit(self.send, pool, claimed)

    def record(self) -> None:
        """An outcome that cannot be recorded now stays until it can; its lease may end before, and it is sent again."""
        while not self.done.empty():
            pool, claimed, outcome = self.done.get()
            try:
                record(claimed, outcome)
            except (DatabaseError, InterfaceError):
                self.done.put((pool, claimed, outcome))
                raise
            pool.busy -= 1

    def send(self, pool: Pool, claimed: Claimed) -> None:
        self.done.put((pool, claimed, attempt(claimed)))
        wake()


def attempt(claimed: Claimed) -> Outcome:
    """Whatever goes wrong in a channel is an outcome like any other, and stops neither the sender nor the others."""
    request_id.begin(claimed.request_id)
    began = time.monotonic()
    try:
        outcome = channels.send(claimed)
    except Exception as error:
        logger.exception("delivery_broken", extra={"delivery": str(claimed.id)})
        said = f"It could not be made: {type(error).__name__}"
        outcome = Outcome(Verdict.RETRY, time.monotonic() - began, error=said, tries=queue.POISON_TRIES)
    if claimed.type == EventName.PING:
        outcome = replace(outcome, tries=1)  # somebody waits for what comes of it
    extra = {"delivery": str(claimed.id), "kind": claimed.kind, "attempt": claimed.number, "status": outcome.status}
    extra |= {"verdict": str(outcome.verdict), "duration_ms": round(outcome.seconds * 1000)}
    logger.info("delivery_attempted", extra=extra)
    return outcome


def record(claimed: Claimed, outcome: Outcome) -> None:
    has_long_failed = queue.record(claimed, outcome)
    for other in claimed.others:
        queue.record(other, outcome)
    if claimed.endpoint is None:
        return
    if outcome.verdict == Verdict.GONE:
        services.disable_endpoint(claimed.endpoint, "It answered 410: it wants no more.")
    elif has_long_failed:
        services.disable_endpoint(claimed.endpoint, "It has only failed for five days.")


def drain() -> int:
    """Send all that is due, one after the other, in this thread: for tests and commands. How many attempts it took."""
    count = 0
    for pool in pools():
        while claimed := pool.claim(1):
            record(claimed[0], attempt(claimed[0]))
            count += 1
    return count
