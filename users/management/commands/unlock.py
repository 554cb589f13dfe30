from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from users import lockout
from users.models import User


class Command(BaseCommand):
    help = "Forget the failed log-ins of an account, so that its owner can log in at once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.with_email(options["email"]).first()
        if user is None:
            raise CommandError(f"There is no user with the e-mail address {options['email']}.")
        lockout.unlock(user, actor=None)
        self.stdout.write(f"{user.email} can log in.")
