from typing import Any

import django.db
from django.core.management.base import BaseCommand, CommandError

from core.errors import DomainError
from incidents.demo import fill
from incidents.demo.scenarios import DOMAIN, PEOPLE


class Command(BaseCommand):
    help = (
        f"Fill the service with a believable month: {fill.COUNT} incidents with histories, and {len(PEOPLE)} people "
        f"(…@{DOMAIN}, who cannot log in). Done once: a second run adds nothing."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = fill.fill()
        except DomainError as error:
            raise CommandError(f"Nothing was added: {error.message}") from error
        except django.db.Error as error:
            raise CommandError(f"Nothing was added: the database refused. {error}") from error
        if count:
            self.stdout.write(f"{count} incidents of the past 30 days were added, each marked by its metadata (demo).")
        else:
            self.stdout.write("The demo month is there already; nothing was added.")
