import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core.progress import Progress
from incidents.models import Incident
from incidents.transfer import archive


class Command(BaseCommand):
    help = (
        "Write all incidents with their events, as JSON lines that import_incidents reads. Passwords, tokens and "
        "deliveries are not part of it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="where to; - for the standard output")

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        if file == "-":
            for line in archive.lines():
                self.stdout.write(line.decode(), ending="")
            return
        path = Path(file)
        unfinished = path.with_name(f"{path.name}.part")
        with open(unfinished, "wb", opener=for_the_owner) as into:  # never under its name before it is whole
            count = self.write(into)
            into.flush()
            os.fsync(into.fileno())
        unfinished.replace(path)
        self.stdout.write(f"{count} incidents written to {path}.")

    def write(self, into: Any) -> int:
        progress = Progress(self.stderr, Incident.objects.count(), "export")
        count = -2  # the first and the last line are none
        for line in archive.lines():
            into.write(line)
            count += 1
            progress.show(count)
        progress.end()
        return count


def for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
