"""Runs jobs until it is told to stop, or until PostgreSQL is gone: then it ends, to be started again."""

import asyncio
from typing import Any

from django.core.management.base import BaseCommand
from procrastinate.contrib.django import app

CONCURRENCY = 4
POLL_SECONDS = 1.0
GRACE_SECONDS = 25.0


class Command(BaseCommand):
    help = "Run jobs: reactions to events, and the hourly and daily housekeeping. Stop it with TERM or Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        asyncio.run(work())


async def work() -> None:
    with app.replace_connector(app.connector.get_worker_connector()) as worker_app:
        async with worker_app.open_async():
            await worker_app.run_worker_async(
                concurrency=CONCURRENCY,
                fetch_job_polling_interval=POLL_SECONDS,
                shutdown_graceful_timeout=GRACE_SECONDS,
            )
