"""Keeps processes running: reaps one that ends at once, and starts it again; on a signal stops them all, in order."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from core.embedded import processes
from core.embedded.processes import Trouble

LOOK_SECONDS = 0.1
SLOWEST_RESTART_SECONDS = 5.0
HEALTHY_AFTER_SECONDS = 10.0


class Stopped(BaseException):
    """A signal told us to stop. Not an Exception: no step on the way may take it for a failure of its own."""


class Child:
    """One process. `start` returns it once it answers; `stop_by` ends it, within seconds."""

    def __init__(
        self, name: str, start: Callable[[], "subprocess.Popen[bytes]"], stop_by: signal.Signals, within: float
    ) -> None:
        self.name = name
        self.start = start
        self.stop_by = stop_by
        self.within = within
        self.process: subprocess.Popen[bytes] | None = None
        self.began = 0.0
        self.pause = 0.0
        self.due = 0.0

    def begin(self) -> None:
        self.began = time.monotonic()
        self.process = self.start()

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.stop_by)

    def stop(self) -> None:
        """Wait for it to end, having asked; kill it when it takes too long."""
        if self.process is not None:
            processes.stop(self.process, self.within)

    def look(self) -> bool:
        """Reap it when it has ended; start it again, at once the first time, then with pauses that grow.

        True when it was started.
        """
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            say(f"{self.name} has ended (status {self.process.returncode}); it is started again.")
            with suppress(ProcessLookupError):  # what it left behind keeps its port
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process = None
            is_healthy = now - self.began > HEALTHY_AFTER_SECONDS
            self.pause = 0.0 if is_healthy else min(SLOWEST_RESTART_SECONDS, self.pause * 2 + 0.25)
            self.due = now + self.pause
        if self.process is None and now >= self.due:
            try:
                self.begin()
            except Trouble as trouble:
                say(str(trouble))
                self.due = now + SLOWEST_RESTART_SECONDS
                return False
            return True
        return False


def say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


class Supervisor:
    def __init__(self) -> None:
        self.engines: list[Child] = []
        self.services: list[Child] = []
        self.is_stopping = False
        self.on_change: Callable[[], None] = lambda: None

    def listen(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self.told_to_stop)

    def told_to_stop(self, *_: Any) -> None:
        if not self.is_stopping:
            self.is_stopping = True
            raise Stopped

    def keep(self) -> None:
        """Until a signal comes: then Stopped is raised."""
        while True:
            time.sleep(LOOK_SECONDS)
            if any(child.look() for child in (*self.engines, *self.services)):
                self.on_change()

    def stop_all(self) -> None:
        """The services first, since they use the engines."""
        self.is_stopping = True
        for group in (self.services, self.engines):
            running = [child for child in group if child.process is not None]
            for child in running:
                child.ask_to_stop()
            for child in running:
                child.stop()
