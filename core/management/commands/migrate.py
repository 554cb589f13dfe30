from typing import Any

from django.conf import settings
from django.core.management.commands.migrate import Command as Migrate
from django.db import connections

from core import start


class Command(Migrate):
    """Django's, with the time limits of a migration in place of a request's."""

    def handle(self, *args: Any, **options: Any) -> None:
        database = connections[options["database"]]
        if database.in_atomic_block:  # in a test, whose transaction must go on
            self.migrate(*args, **options)
            return
        database.close()
        limits = database.settings_dict["OPTIONS"]
        before, limits["options"] = limits["options"], settings.MIGRATION_SESSION
        try:
            self.migrate(*args, **options)
        finally:
            limits["options"] = before
            database.close()

    def migrate(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        start.prepare()
