"""Threads for blocking work, and how long a request waits for one of them."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")
PATIENCE_SECONDS = 1.0
LARGEST_GROUP = 16


class NoThreadFree(Exception):
    """Every thread of the lane stayed busy for as long as a request waits."""


class Job(Generic[T]):
    __slots__ = ("_claim", "done", "loop", "work")

    def __init__(self, work: Callable[["Job[T]"], T], loop: asyncio.AbstractEventLoop) -> None:
        self.work = work
        self.loop = loop
        self.done: asyncio.Future[T] = loop.create_future()
        self._claim = threading.Lock()

    def claim(self) -> bool:
        """True for whoever comes first: the thread that runs the job, or the loop that gives it up."""
        return self._claim.acquire(blocking=False)

    def tell_loop(self, callback: Callable[..., None], *args: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the process ends, and nobody waits any more
            self.loop.call_soon_threadsafe(callback, *args)

    def answer(self, result: T) -> None:
        """Runs on the loop. The request may have been given up meanwhile."""
        if not self.done.done():
            self.done.set_result(result)


class Lane(Generic[T]):
    def __init__(self, name: str, threads: int, patience: float = PATIENCE_SECONDS) -> None:
        self.name = name
        self.threads = threads
        self.patience = patience
        self.taken = 0  # jobs running or waiting; the loop alone touches it
        self._jobs: SimpleQueue[Job[T] | None] = SimpleQueue()
        self._started = False

    async def run(self, work: Callable[[Job[T]], T]) -> T:
        """What `work` returns, or what it handed to `Job.answer` before. `work` must not raise."""
        if not self._started:
            self._start()
        loop = asyncio.get_running_loop()
        job = Job(work, loop)
        timer = loop.call_later(self.patience, self._give_up, job) if self.taken >= self.threads else None
        self.taken += 1
        self._jobs.put(job)
        try:
            return await job.done
        except asyncio.CancelledError:
            self._give_up(job)
            raise
        finally:
            if timer is not None:
                timer.cancel()

    def stop(self) -> None:
        """Let the threads end once they have done what is queued."""
        for _ in range(self.threads if self._started else 0):
            self._jobs.put(None)
        self._started = False

    def _start(self) -> None:
        # Only now, in the process that serves: threads do not survive a fork.
        self._started = True
        for number in range(self.threads):
            threading.Thread(target=self._serve, name=f"{self.name}-{number}", daemon=True).start()

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            if job.claim():
                result = job.work(job)
                job.tell_loop(self._finished, job, result)

    def _finished(self, job: Job[T], result: T) -> None:
        self.taken -= 1
        job.answer(result)

    def _give_up(self, job: Job[T]) -> None:
        if job.claim():
            self.taken -= 1
            if not job.done.done():
                job.done.set_exception(NoThreadFree())


class GroupLane(Lane[T | None]):
    """One thread that takes all who wait at once. `together` is given the work of each, and gives each its result: who
    gets None has to go elsewhere."""

    def __init__(self, name: str, together: Callable[[list[Any]], list[T | None]]) -> None:
        super().__init__(name, threads=1)
        self.together = together

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            group = [each for each in [job, *self._waiting()] if each.claim()]
            job.tell_loop(self._all_finished, list(zip(group, self._results(group), strict=True)))

    def _waiting(self) -> Iterator[Job[T | None]]:
        for _ in range(min(self._jobs.qsize(), LARGEST_GROUP - 1)):
            job = self._jobs.get_nowait()  # this thread alone takes from it
            if job is None:
                self._jobs.put(None)
                return
            yield job

    def _results(self, group: list[Job[T | None]]) -> list[T | None]:
        try:
            return self.together([job.work for job in group])
        except Exception:  # without this thread nobody would be served here again
            logger.exception("group_failed")
            return [None] * len(group)

    def _all_finished(self, results: list[tuple[Job[T | None], T | None]]) -> None:
        for job, result in results:
            self._finished(job, result)
