from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from users import lockout
from users.management import people


class Command(BaseCommand):
    help = "Forget the failed log-ins of an account, so that its owner can log in at once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        user = people.named(options["email"])
        lockout.unlock(user, actor=None)
        self.stdout.write(f"{user.email} can log in.")
