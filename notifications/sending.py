"""Sends what is due, in the worker: one clerk talks to PostgreSQL, and its senders talk to the network alone."""

import logging
import queue as queues
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from django.db import DatabaseError, InterfaceError, connection

from core import request_id
from notifications import channels, mail_queue, metrics, queue, services
from notifications.models import EventName, State
from notifications.outcome import Claimed, Outcome, Verdict

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5
GRACE_SECONDS = 16.0  # longer than any attempt
REST_SECONDS = 1.0
RESULTS = {State.DELIVERED: "delivered", State.FAILED: "failed", State.PENDING: "retried"}

WEBHOOKS, URGENT_MAILS, MAILS = ("http", "urgent mail", "mail")

_work = threading.Event()  # for a clerk: there is news, or a sender has finished
_news: set[str] = set()  # the pools that there may be something for


def wake(*pools: str) -> None:
    """There may be something due for these. Another process finds it by its poll. A claim for nothing is not for
    nothing: PostgreSQL plans it anew each time, 2 to 3 ms for mails, while all others wait for its lock."""
    _news.update(pools)
    _work.set()


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
        Pool(WEBHOOKS, 12, queue.claim),
        Pool(URGENT_MAILS, 2, mail_queue.claim_urgent),
        Pool(MAILS, 4, mail_queue.claim),
    ]


class Dispatcher:
    """`with Dispatcher():` sends; at the end it claims nothing more and waits for what is on its way."""

    def __init__(self) -> None:
        self.pools: Sequence[Pool] = pools()
        self.http = self.pools[0]
        self.done: queues.SimpleQueue[tuple[Pool, Claimed, Outcome]] = queues.SimpleQueue()
        self.is_stopping = False
        self.looked_at = 0.0
        self.clerk = threading.Thread(target=self.work, name="clerk", daemon=True)
        self.senders = ThreadPoolExecutor(sum(pool.slots for pool in self.pools), "sender")

    def __enter__(self) -> "Dispatcher":
        self.clerk.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_stopping = True
        _work.set()
        self.clerk.join(GRACE_SECONDS)
        self.senders.shutdown(wait=False)

    def work(self) -> None:
        while not (self.is_stopping and not any(pool.busy for pool in self.pools)):
            _work.wait(POLL_SECONDS)
            _work.clear()
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
        finished = self.record()
        for pool in () if self.is_stopping else self.to_fill(finished):
            self.hand_out(pool, pool.claim(pool.free) if pool.free else ())

    def hand_out(self, pool: Pool, claimed: Sequence[Claimed]) -> None:
        for each in claimed:
            pool.busy += 1
            self.senders.submit(self.send, pool, each)

    def to_fill(self, finished: set[str]) -> Sequence[Pool]:
        """Those that there may be news for, or in which a sender has finished; every half second all of them."""
        due = finished | _news
        _news.difference_update(due)  # what is told of from here on is told again, or is there for the claim
        if time.monotonic() < self.looked_at + POLL_SECONDS:
            return [pool for pool in self.pools if pool.name in due]
        self.looked_at = time.monotonic()
        return self.pools

    def record(self) -> set[str]:
        """The pools whose senders had finished, and have yet to be given more. Outcomes that cannot be recorded now
        stay until they can; their leases may end before, and they are sent again, as are those that nobody can make
        anything of."""
        finished = [self.done.get() for _ in range(self.done.qsize())]
        outcomes = [(claimed, outcome) for _, claimed, outcome in finished]
        following: list[Claimed] = []
        has_asked = self.may_follow(finished)
        try:
            if has_asked:
                following = record_and_claim(outcomes, self.http.free + len(finished))
            else:
                record_all(outcomes)
        except (DatabaseError, InterfaceError):
            for each in finished:
                self.done.put(each)
            raise
        except Exception:
            logger.exception("outcomes_lost", extra={"deliveries": [str(each[1].id) for each in finished]})
        for pool, _, _ in finished:
            pool.busy -= 1
        self.hand_out(self.http, following)
        return set() if has_asked else {pool.name for pool, _, _ in finished}

    def may_follow(self, finished: Sequence[tuple[Pool, Claimed, Outcome]]) -> bool:
        """True where senders of webhooks alone have finished, and no endpoint is to be disabled first."""
        if self.is_stopping or not finished:
            return False
        return all(pool is self.http and outcome.verdict != Verdict.GONE for pool, _, outcome in finished)

    def send(self, pool: Pool, claimed: Claimed) -> None:
        self.done.put((pool, claimed, attempt(claimed)))
        _work.set()


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
    metrics.attempts.labels(claimed.kind, RESULTS[queue.judge(claimed, outcome)[0]]).inc()
    metrics.seconds.labels(claimed.kind).observe(outcome.seconds)
    return outcome


def record_and_claim(outcomes: Sequence[queue.Finished], limit: int) -> list[Claimed]:
    """For webhooks, none of which asks for no more."""
    failing, claimed = queue.record_and_claim(outcomes, limit)
    disable(failing)
    return claimed


def disable(failing: Sequence[uuid.UUID]) -> None:
    for endpoint in failing:
        services.disable_endpoint(endpoint, "It has only failed for five days.")


def record_all(outcomes: Sequence[queue.Finished]) -> None:
    if not outcomes:
        return
    disable(queue.record_all([(one, outcome) for claimed, outcome in outcomes for one in (claimed, *claimed.others)]))
    for claimed, outcome in outcomes:
        if outcome.verdict == Verdict.GONE and claimed.endpoint is not None:
            services.disable_endpoint(claimed.endpoint, "It answered 410: it wants no more.")


def drain() -> int:
    """Send all that is due, one after the other, in this thread: for tests and commands. How many attempts it took."""
    count = 0
    for pool in pools():
        while claimed := pool.claim(1):
            record_all([(claimed[0], attempt(claimed[0]))])
            count += 1
    return count
