import getpass
import os
import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from core.errors import DomainError
from users import services
from users.models import Role, User


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
        if options["if_none"] and User.objects.active().filter(role=Role.ADMIN).exists():
            return
        try:
            validate_email(options["email"])
            user = services.restore_admin(email=options["email"], name=options["name"], password=password())
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except DomainError as error:
            raise CommandError(sentence(error)) from error
        self.stdout.write(f"{user.email} is an administrator.")


def password() -> str:
    given = os.environ.get("ADMIN_PASSWORD")
    if given:
        return given
    if not sys.stdin.isatty():
        raise CommandError("Set ADMIN_PASSWORD, or run this on a terminal.")
    return getpass.getpass("Password: ")


def sentence(error: DomainError) -> str:
    return " ".join(f"{field}: {message}" for field, told in error.details.items() for message in told) or error.message
