"""Tells every process that the log has grown, streams and workers alike: by a thread, some milliseconds after the
commit, and once for all that was committed meanwhile. A NOTIFY in the transaction of the change itself would let one
commit wait for another."""

import logging
import threading
import time

from django.db import DatabaseError, InterfaceError, connection

from core.jobs import WAKE_WORKERS

logger = logging.getLogger(__name__)

CHANNEL = "incidents_stream"
PAUSE_SECONDS = 0.03
# Nothing is lost with a NOTIFY, so that it need not wait for the disk.
NOTIFY = f"SELECT set_config('synchronous_commit', 'off', true), pg_notify('{CHANNEL}', ''), {WAKE_WORKERS}"

_news = threading.Event()


def arm() -> None:
    """Have this process tell. For servers: where it is not armed, as in a command, the readers' own poll must do."""
    threading.Thread(target=_tell, name="notifier", daemon=True).start()


def wake() -> None:
    """After a commit. Costs the writer a look at a flag."""
    if not _news.is_set():
        _news.set()


def _tell() -> None:
    while True:
        _news.wait()
        _news.clear()
        try:
            connection.close_if_unusable_or_obsolete()
            with connection.cursor() as cursor:
                cursor.execute(NOTIFY)
        except (DatabaseError, InterfaceError) as error:
            logger.info("stream_not_notified", extra={"error": type(error.__cause__ or error).__name__})
            connection.close()
        time.sleep(PAUSE_SECONDS)
