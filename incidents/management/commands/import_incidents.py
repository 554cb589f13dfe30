from pathlib import Path
from typing import Any

import django.db
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import DomainError
from core.progress import Progress
from incidents.transfer import load
from incidents.transfer.check import Entry
from incidents.transfer.survey import Found, survey

MOST_NAMED = 20


class Command(BaseCommand):
    help = (
        "Read what export_incidents wrote. The whole file is looked at first: if a line does not fit, nothing is "
        "imported. What is here already stays as it is, so an import that was broken off is simply started again. "
        "Nobody is notified."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="only look at the file")
        parser.add_argument(
            "--renumber", action="store_true", help="give new numbers, where those of the file are taken here"
        )
        parser.add_argument(
            "--known-people-only",
            action="store_true",
            help="refuse a file that names people who are not here, in place of adding them, inactive",
        )

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            self.look_and_load(file, **options)
        except DomainError as error:
            raise CommandError(error.message) from error
        except OSError as error:
            raise CommandError(f"The file cannot be read: {error}") from error
        except django.db.Error as error:
            raise CommandError(f"The database refused; start it again when that is mended. {error}") from error

    def look_and_load(
        self, file: Path, *, dry_run: bool, renumber: bool, known_people_only: bool, **options: Any
    ) -> None:
        looking = Progress(self.stderr, file.stat().st_size, "look  ")
        found = survey(file, with_numbers=not renumber, told=looking.show)
        looking.end()
        absent = load.people(found.people)[1]
        self.refuse(found, absent if known_people_only else [])
        if dry_run:
            self.stdout.write(f"{found.incidents} incidents fit; {len(absent)} people would be added.")
            return
        load.add_people(absent)
        if not renumber:
            load.raise_counters(found.highest_number, found.highest_sequence)
        self.load(file, found, with_numbers=not renumber)
        if absent:
            self.stdout.write(f"{len(absent)} people were added. They are inactive until an administrator changes it.")

    def refuse(self, found: Found, unknown: list[Entry]) -> None:
        for line, sentence in found.problems:
            self.stderr.write(f"line {line}: {sentence}")
        if len(found.problems) < found.wrong:
            self.stderr.write("…")
        if found.wrong:
            raise CommandError(f"Nothing was imported: the file has {found.wrong} faults.")
        if unknown:
            named = ", ".join(sorted(person["email"] for person in unknown)[:MOST_NAMED])
            raise CommandError(f"Nothing was imported: {len(unknown)} people are not here: {named}")

    def load(self, file: Path, found: Found, *, with_numbers: bool) -> None:
        progress = Progress(self.stderr, file.stat().st_size, "import")
        here, _ = load.people(found.people)
        incidents = events = 0
        for more, more_events in load.load(file, here, with_numbers=with_numbers, told=progress.show):
            incidents, events = incidents + more, events + more_events
        progress.end()
        self.stdout.write(
            f"{incidents} incidents imported, with {events} events; {found.incidents - incidents} were here already"
            + (f", {found.changed_since} of them with another version." if found.changed_since else ".")
        )
