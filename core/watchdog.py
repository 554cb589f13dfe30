"""Ends the process when one single call to PostgreSQL takes so long that the server must be frozen.

Nothing else can: `statement_timeout` is kept by the server, and a frozen one keeps nothing. It is never the age of a
request that counts, since an export is long and healthy.
"""

import faulthandler
import logging
import os
import sys
import threading
import time
import traceback
from _thread import get_ident

logger = logging.getLogger(__name__)

CHECK_SECONDS = 1.0
LOGGING_MAY_TAKE_SECONDS = 3
EXIT_CODE = 70

_began: dict[int, float] = {}  # thread -> when its present call began
_limit = 0.0


class _Watching:
    """One instance serves all threads: a call costs two dictionary operations and nothing is allocated."""

    __slots__ = ()

    def __enter__(self) -> None:
        _began[get_ident()] = time.monotonic()

    def __exit__(self, *_exc: object) -> None:
        _began.pop(get_ident(), None)


_watching = _Watching()


def watching() -> _Watching:
    """Hold this around every single call to the network. Calls do not nest."""
    return _watching


def arm(seconds: float) -> None:
    """Watch this process, and what it forks; 0 watches nothing. For servers: a migration's statement may be long."""
    global _limit
    _limit = seconds
    if seconds > 0:
        threading.Thread(target=_watch, name="watchdog", daemon=True).start()


def _after_fork() -> None:
    _began.clear()  # the calls of threads that this process does not have
    if _limit > 0:
        arm(_limit)


os.register_at_fork(after_in_child=_after_fork)


def _watch() -> None:
    while True:
        time.sleep(CHECK_SECONDS)
        age = oldest(time.monotonic())
        if age > _limit:
            _end(age)


def oldest(now: float) -> float:
    """How long the longest present call has taken, in seconds."""
    return max((now - began for began in _began.copy().values()), default=0.0)


def _end(age: float) -> None:
    # Whatever holds up the logging (a full pipe, a lock of a stuck thread), the process ends.
    faulthandler.dump_traceback_later(LOGGING_MAY_TAKE_SECONDS, exit=True)
    try:
        logger.critical("database_call_stuck", extra={"seconds": round(age, 1), "stacks": stacks()})
    finally:
        os._exit(EXIT_CODE)


def stacks() -> list[str]:
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    return [
        f"{names.get(ident, ident)}\n{''.join(traceback.format_stack(frame))}"
        for ident, frame in sys._current_frames().items()
    ]
