"""A web process that is told to stop while it is being born ends at once.

gunicorn hears nothing then: a newborn process has its master's handlers, which note the signal for a master that it is
not, and later those of a loop that does not run yet. Its master would wait for it until the grace time is over.
"""

import os
import signal

STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


def heed_from_birth() -> None:
    """In the master, before it forks. A signal that comes in the middle of a fork waits for its end."""
    os.register_at_fork(before=hold, after_in_parent=release, after_in_child=begin)


def hold() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)


def release() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)


def begin() -> None:
    for number in STOPS:
        signal.signal(number, signal.SIG_DFL)
    release()
