from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import expired_keys


class Command(BaseCommand):
    help = "Delete expired idempotency keys, in batches that lock nobody out. The worker does so every hour."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say how many have expired")
        parser.add_argument("--batch-size", type=int, default=5000, help="rows a transaction (default 5000)")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["batch_size"] < 1:
            raise CommandError("--batch-size must be at least 1.")
        if options["dry_run"]:
            self.stdout.write(f"{expired_keys.count()} expired keys would be deleted.")
        else:
            self.stdout.write(f"{expired_keys.purge(options['batch_size'])} expired keys deleted.")
