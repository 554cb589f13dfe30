from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from users import second_factors
from users.management import people


class Command(BaseCommand):
    help = "Remove the second factors of somebody who has lost them: the password alone opens the door again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        user = people.named(options["email"])
        removed = second_factors.remove_all(user, actor=None)
        self.stdout.write(f"{removed} removed of {user.email}.")
