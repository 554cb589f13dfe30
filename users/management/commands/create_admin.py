import getpass
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import commands
from core.errors import DomainError
from users import services
from users.models import User
from users.serializers import CreateUserInput


class Command(BaseCommand):
    help = (
        "The way back in: make this person an active administrator, whatever they were before. The password comes "
        "from ADMIN_PASSWORD, or is asked for on a terminal."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="Administrator", help="the name of a new person (default Administrator)")
        parser.add_argument("--if-none", action="store_true", help="only when there is no active administrator yet")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_none"] and User.objects.active_admins().exists():
            return
        given = commands.checked(CreateUserInput, email=options["email"], name=options["name"], password=password())
        try:
            user = services.restore_admin(**given)
        except DomainError as error:
            raise CommandError(commands.sentences(error.details)) from error
        self.stdout.write(f"{user.email} is an administrator.")


def password() -> str:
    if settings.ADMIN_PASSWORD:
        return settings.ADMIN_PASSWORD
    if not sys.stdin.isatty():
        raise CommandError("Set ADMIN_PASSWORD, or run this on a terminal.")
    return getpass.getpass("Password: ")
