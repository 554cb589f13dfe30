import sys
from typing import Any

from django.core.management.base import BaseCommand

from incidents.analytics import tallies


class Command(BaseCommand):
    help = (
        "Count all that analytics keep anew, a day at a time, while the service goes on. Never needed, unless "
        "incidents were changed by hand in the database: the worker follows the event log."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done = 0
        for done, days in tallies.rebuild():
            if sys.stderr.isatty():
                self.stderr.write(f"\r{done} of {days} days", ending="")
                self.stderr.flush()
        if done and sys.stderr.isatty():
            self.stderr.write("")
        self.stdout.write(f"{done} days counted.")
