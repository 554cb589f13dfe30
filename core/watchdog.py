"""Ends a call to PostgreSQL that takes so long that the server must be frozen.

Nothing else can: `statement_timeout` is kept by the server, and a frozen one keeps nothing. First the connection is
hung up: the one request that waits for it gets its 503, and nobody else notices. If the call does not end even then,
the process does. It is never the age of a request that counts, since an export is long and healthy.
"""

import faulthandler
import logging
import os
import sys
import threading
import time
import traceback
from _thread import get_ident
from typing import Protocol

logger = logging.getLogger(__name__)

CHECK_SECONDS = 0.5
# From hanging up, if there was a connection to hang up, to the end of the process. Longer than a connect may take.
GRACE_SECONDS = 3.0
LOGGING_MAY_TAKE_SECONDS = 3
EXIT_CODE = 70


class Line(Protocol):
    patience: float  # seconds; for calls that are given up sooner than others

    def hang_up(self) -> None:
        """From another thread: whoever waits for an answer gets an error."""


Call = tuple[float, Line | None]  # when it began, and over what

_calls: dict[int, Call] = {}  # thread -> its present call
_hung_up: dict[int, Call] = {}
_hanging_up = threading.Lock()
_limit = 0.0


def begin(line: Line | None = None) -> float:
    """Before every single call to the network, and `end` after it. Calls of a thread do not nest. When it is."""
    now = time.monotonic()
    _calls[get_ident()] = (now, line)
    return now


def end() -> None:
    if _calls.pop(get_ident(), None) is None:  # the watchdog has it: let it finish with that connection first
        with _hanging_up:
            _calls.pop(get_ident(), None)
            _hung_up.pop(get_ident(), None)


def arm(seconds: float) -> None:
    """Watch this process, and what it forks; 0 watches nothing. For servers: a migration's statement may be long."""
    global _limit
    _limit = seconds
    if seconds > 0:
        threading.Thread(target=_watch, name="watchdog", daemon=True).start()


def _after_fork() -> None:
    global _hanging_up
    _hanging_up = threading.Lock()
    _calls.clear()  # those of threads that this process does not have
    _hung_up.clear()
    if _limit > 0:
        arm(_limit)


os.register_at_fork(after_in_child=_after_fork)


def _watch() -> None:
    while True:
        time.sleep(CHECK_SECONDS)
        now = time.monotonic()
        for thread, call in _calls.copy().items():
            began, line = call
            if line is not None and now - began > min(_limit, line.patience):
                _hang_up(thread, call)
        age = max((now - began for began, _ in (_calls | _hung_up).values()), default=0.0)
        if age > _limit + GRACE_SECONDS:
            _end(age)


def _hang_up(thread: int, call: Call) -> None:
    with _hanging_up:
        present = _calls.pop(thread, None)
        if present is not call:  # that call has ended meanwhile, and this is the thread's next one
            if present is not None:
                _calls[thread] = present
            return
        _hung_up[thread] = call
        began, line = call
        if line is not None:
            line.hang_up()
    logger.error("database_call_hung_up", extra={"seconds": round(time.monotonic() - began, 1), "stack": stack(thread)})


def _end(age: float) -> None:
    # Whatever holds up the logging (a full pipe, a lock of a stuck thread), the process ends.
    faulthandler.dump_traceback_later(LOGGING_MAY_TAKE_SECONDS, exit=True)
    try:
        logger.critical("database_call_stuck", extra={"seconds": round(age, 1), "stacks": stacks()})
    finally:
        os._exit(EXIT_CODE)


def stacks() -> list[str]:
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    return [f"{names.get(thread, thread)}\n{stack(thread)}" for thread in sys._current_frames()]


def stack(thread: int) -> str:
    frame = sys._current_frames().get(thread)
    return "".join(traceback.format_stack(frame)) if frame else ""
