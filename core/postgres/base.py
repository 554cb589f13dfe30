"""Django's PostgreSQL backend, with every call to the network watched and a health check that seldom needs one."""

import contextlib
import math
import os
import select
import socket
import time
from collections.abc import Iterator
from typing import Any, cast

import psycopg
from django.conf import settings
from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper
from django.utils.module_loading import import_string
from psycopg.abc import RV, PQGen

from core import metrics, watchdog

FRESH_SECONDS = 5.0
MOST_KEPT = 64  # cursors of a connection; as many statements are written by hand, and some of them in a few forms
PING_SECONDS = 3.0  # as long as a connect may take; together they stay far below the patience of a client


class Connection(psycopg.Connection[Any]):
    """All that psycopg sends after the connect, and every wait for an answer, goes through `wait`."""

    used_at = 0.0
    patience = math.inf
    is_listening = False

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.kept: dict[str, tuple[str, psycopg.Cursor[Any]]] = {}

    def wait(self, gen: PQGen[RV], *args: Any, **options: Any) -> RV:
        began = watchdog.begin(self)
        try:
            result = super().wait(gen, *args, **options)
        except psycopg.Error as error:
            failed(error)
            raise
        finally:
            watchdog.end()
            now = time.monotonic()
            if not self.is_listening:
                metrics.database_seconds.observe(now - began)
        self.used_at = now
        return result

    def notifies(self, **options: Any) -> Iterator[psycopg.Notify]:  # type: ignore[override]  # by keyword alone
        """How long there is no news says nothing about the server."""
        self.is_listening = True
        try:
            yield from super().notifies(**options)
        finally:
            self.is_listening = False

    def hang_up(self) -> None:
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(self.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)

    def is_silent(self) -> bool:
        """An idle server says nothing: whatever there is to read is its farewell, or needs a closer look."""
        poll = select.poll()
        poll.register(self.fileno(), select.POLLIN)
        return not poll.poll(0)


def failed(error: psycopg.Error) -> None:
    metrics.database_errors.labels(type(error).__name__).inc()


class DatabaseWrapper(base.DatabaseWrapper):
    connection: Connection | None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.execute_wrappers.extend(map(import_string, settings.AROUND_STATEMENTS))

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        """Without Django's pool and `isolation_level`: this service uses neither."""
        self.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        watchdog.begin()
        try:
            return Connection.connect(**conn_params)
        except psycopg.Error as error:
            failed(error)
            raise
        finally:
            watchdog.end()
            metrics.database_connections.inc()

    def set_autocommit(self, autocommit: bool, *args: Any, **options: Any) -> None:
        """Without Django's new connection when `atomic` ends on one that is gone: it costs a client 3 s for nothing."""
        if self.connection is None and autocommit:
            self.autocommit = True  # as every new connection has it
        else:
            super().set_autocommit(autocommit, *args, **options)

    def run_kept(self, statement: str, values: Any) -> CursorWrapper:
        """What Django's cursor() and execute() do, by the cursor that is kept for this statement."""
        self.close_if_health_check_failed()
        self.ensure_connection()
        connection = cast(Connection, self.connection)
        if statement not in connection.kept:
            if len(connection.kept) >= MOST_KEPT:
                connection.kept.clear()
            with self.wrap_database_errors:
                connection.kept[statement] = statement, self.create_cursor()
        same, kept = connection.kept[statement]  # psycopg asks whether it is the same object
        cursor: CursorWrapper = self._prepare_cursor(kept)  # type: ignore[attr-defined]  # which the stubs leave out
        cursor.execute(same, values)
        return cursor

    def is_usable(self) -> bool:
        connection = self.connection
        if connection is None:
            return False
        fresh = time.monotonic() - connection.used_at < FRESH_SECONDS
        if fresh and not self.errors_occurred and not connection.closed and connection.is_silent():
            return True
        connection.patience = PING_SECONDS
        try:
            return super().is_usable()
        finally:
            connection.patience = math.inf
