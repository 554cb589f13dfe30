from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import clock
from core.errors import Invalid
from users import tokens
from users.models import Scope, User


class Command(BaseCommand):
    help = "Make an API token and print it, alone, on standard output. It is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the owner")
        parser.add_argument("--scope", choices=Scope.values, default=Scope.WRITE.value)
        parser.add_argument("--name", default="command line", help="what it is for (default: command line)")
        parser.add_argument("--expires-at", help="when it ends, as RFC 3339 (default: never)")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = User.objects.active().with_email(options["email"]).first()
        if owner is None:
            raise CommandError(f"There is no active user with the e-mail address {options['email']}.")
        if not 1 <= len(options["name"].strip()) <= 100:
            raise CommandError("--name must be 1 to 100 characters.")
        try:
            ends = clock.parse("--expires-at", options["expires_at"]) if options["expires_at"] else None
        except Invalid as error:
            raise CommandError(f"--expires-at: {error.details['--expires-at'][0]}") from error
        if ends and ends <= clock.now():
            raise CommandError("--expires-at: this time has passed.")
        token = tokens.issue_token(
            owner, name=options["name"].strip(), scope=options["scope"], actor=None, expires_at=ends
        )
        self.stdout.write(token[1])
