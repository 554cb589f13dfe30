import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_redis.exceptions import ConnectionInterrupted  # type: ignore[import-untyped]  # it ships no types
from redis.exceptions import RedisError

from incidents import cache


class Command(BaseCommand):
    help = "Delete cached incidents. Never needed for freshness; useful when a cached answer itself is in doubt."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("incident", nargs="?", type=uuid.UUID, help="an incident's id (default: all of them)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = cache.clear(options["incident"])
        except (ConnectionInterrupted, RedisError) as error:
            raise CommandError(f"Redis did not answer: {error}") from error
        self.stdout.write(f"{count} cached answers deleted.")
