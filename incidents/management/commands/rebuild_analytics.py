from typing import Any

from django.core.management.base import BaseCommand

from core.progress import Progress
from incidents.analytics import tallies


class Command(BaseCommand):
    help = (
        "Count all that analytics keep anew, a day at a time, while the service goes on. Never needed, unless "
        "incidents were changed by hand in the database: the worker follows the event log."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        progress, done = Progress(self.stderr, len(tallies.every_day()), "count"), 0
        for done in tallies.rebuild():
            progress.show(done)
        progress.end()
        self.stdout.write(f"{done} days counted.")
