"""Follows the log for all streams of the process: a thread with the one connection that listens and reads."""

import contextlib
import logging
import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable, Sized

from django.db import connection

from core.postgres import rows
from incidents.stream import epoch, log, notifier
from incidents.stream.log import Entry
from incidents.stream.position import Position

logger = logging.getLogger(__name__)

# Longest wait without a NOTIFY. One may be lost; and there is none when that transaction of somebody else ends which
# held back what is older.
POLL_SECONDS = 0.5
RETRY_SECONDS = 0.5
DELIVERY_SECONDS = 30.0
# What comes meanwhile is read and sent at once, so that many streams do not keep the loop from its other work.
PAUSE_SECONDS = 0.02
PAUSE_SECONDS_EACH = 0.0002


class Tail:
    def __init__(
        self,
        after: Position,
        loop: AbstractEventLoop,
        *,
        publish: Callable[[list[Entry]], None],
        lose: Callable[["Tail"], None],
        audience: Sized,
    ) -> None:
        self.after = after
        self.loop = loop
        self.publish = publish
        self.lose = lose
        self.audience = audience
        self._over = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, name="stream", daemon=True).start()

    def stop(self) -> None:
        self._over.set()

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                self._follow()
            except Exception as error:  # noqa: BLE001  whatever it is, the streams need a reader
                logger.warning("stream_log_away", extra={"error": type(error.__cause__ or error).__name__})
            with contextlib.suppress(Exception):
                connection.close()
            self._over.wait(RETRY_SECONDS)

    def _follow(self) -> None:
        epoch.raise_if_behind()
        if not log.present().includes(self.after):
            # A backup that is older than what has been told: the clients have to begin anew.
            self._over.set()
            self._tell_loop(self.lose, self)
            return
        rows.run(f"LISTEN {notifier.CHANNEL}")
        while not self._over.is_set():
            self._read()
            self._over.wait(PAUSE_SECONDS + PAUSE_SECONDS_EACH * len(self.audience))
            for _ in connection.connection.notifies(timeout=POLL_SECONDS, stop_after=1):
                pass

    def _read(self) -> None:
        is_more = True
        while is_more and not self._over.is_set():
            entries = log.page(self.after)
            if entries:
                self.after = entries[-1].position
                self._deliver(entries)
            is_more = len(entries) == log.PAGE

    def _deliver(self, entries: list[Entry]) -> None:
        """Waits until the loop has them: it must not be buried in pages."""
        taken = threading.Event()

        def hand_over() -> None:
            self.publish(entries)
            taken.set()

        self._tell_loop(hand_over)
        taken.wait(DELIVERY_SECONDS)

    def _tell_loop(self, callback: Callable[..., None], *args: object) -> None:
        try:
            self.loop.call_soon_threadsafe(callback, *args)
        except RuntimeError:  # it is closed: the process ends
            self._over.set()
