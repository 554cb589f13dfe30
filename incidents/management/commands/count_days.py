from typing import Any

from django.core.management.base import BaseCommand

from incidents import times


class Command(BaseCommand):
    help = "Count the finished days of the dashboard's charts anew. The worker does so every hour."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{times.count()} days counted.")
