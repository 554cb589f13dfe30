"""Runs jobs until it is told to stop, or until PostgreSQL is gone: then it ends, to be started again."""

import asyncio
import contextlib
import signal
from typing import Any, LiteralString

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connections
from django.utils.module_loading import import_string
from procrastinate import sql
from procrastinate.connector import BaseConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException
from procrastinate.psycopg_connector import PsycopgConnector

from core import start
from core.jobs import HEARTBEAT_SECONDS, WAKE_WORKERS, carry_request_id

CONCURRENCY = 4
POLL_SECONDS = 1.0
GRACE_SECONDS = 25.0
PATIENCE_SECONDS = 5.0  # for a connection
# Of those for the queue alone. It then walks what waits in its order, to the first that may go. By itself PostgreSQL
# sorts all that waits for each look, as long as its statistics are those of a time when little did.
NO_SORTS = "enable_sort=off"


class Connector(PsycopgConnector):
    """Own connections for the worker's own work. What a job defers goes out on Django's, in the job's transaction."""

    django = app.connector

    async def execute_query_async(self, query: LiteralString, **arguments: Any) -> None:
        await super().execute_query_async(query, **arguments)
        if query == sql.queries["finish_job"]:  # what waits for its lock would wait for the next poll, one a second
            await super().execute_query_async(f"SELECT {WAKE_WORKERS}")

    def get_sync_connector(self) -> BaseConnector:
        return self.django


class Command(BaseCommand):
    help = "Run jobs: reactions to events, and the hourly and daily housekeeping. Stop it with TERM or Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        database = connections["default"]
        database.settings_dict["OPTIONS"]["options"] = settings.WORKER_SESSION
        try:
            database.ensure_connection()  # fails at once, where procrastinate tries for half a minute
            start.prepare()
            start.serve()
            database.close()
            with contextlib.ExitStack() as beside:
                for path in settings.BESIDE_JOBS:
                    beside.enter_context(import_string(path)())
                was_told_to_stop = asyncio.run(work())
        except (OperationalError, ConnectorException) as error:
            cause = str(error.__cause__ or error).strip().split("\n")[0]
            raise CommandError(f"PostgreSQL does not serve the worker: {cause}") from None
        if not was_told_to_stop:
            raise CommandError("PostgreSQL was lost.")


def parameters() -> dict[str, Any]:
    found = connector_params()
    return found | {"options": f"{found['options']} -c {NO_SORTS}"}


async def work() -> bool:
    """True when a signal ended it."""
    with app.replace_connector(Connector(kwargs=parameters(), timeout=PATIENCE_SECONDS)):
        async with app.open_async():
            running = asyncio.create_task(run())
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, running.cancel)
            with contextlib.suppress(asyncio.CancelledError):
                await running
            return running.cancelled()


async def run() -> None:
    await app.run_worker_async(
        concurrency=CONCURRENCY,
        fetch_job_polling_interval=POLL_SECONDS,
        update_heartbeat_interval=HEARTBEAT_SECONDS,
        shutdown_graceful_timeout=GRACE_SECONDS,
        worker_middleware=[carry_request_id, *map(import_string, settings.AROUND_JOBS)],
        install_signal_handlers=False,  # its own do not tell whether one came
    )
