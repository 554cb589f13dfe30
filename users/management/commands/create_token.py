from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import commands
from core.errors import DomainError
from users import tokens
from users.models import Scope, User
from users.serializers import CreateTokenInput


class Command(BaseCommand):
    help = "Make an API token and print it, alone, on standard output. It is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the owner")
        parser.add_argument("--scope", choices=Scope.values, default=Scope.WRITE.value, help="(default: write)")
        parser.add_argument("--name", default="command line", help="what it is for (default: command line)")
        parser.add_argument("--expires-at", help="when it ends, as RFC 3339 (default: never)")

    def handle(self, *args: Any, **options: Any) -> None:
        given = commands.checked(
            CreateTokenInput, name=options["name"], scope=options["scope"], expires_at=options["expires_at"]
        )
        owner = User.objects.active().with_email(options["email"]).first()
        if owner is None:
            raise CommandError(f"There is no active user with the e-mail address {options['email']}.")
        try:
            _token, secret = tokens.issue_token(owner, **given, actor=None)
        except DomainError as error:
            raise CommandError(commands.sentences(error.details)) from error
        self.stdout.write(secret)
