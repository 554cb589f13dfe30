from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import uuids
from core.errors import DomainError
from users import tokens
from users.models import ApiToken


class Command(BaseCommand):
    help = "Revoke an API token at once, on every process: by its id, by the token itself, or by its prefix inc_…"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("token")

    def handle(self, *args: Any, **options: Any) -> None:
        token = find(options["token"])
        try:
            tokens.revoke_token(token.pk, actor=None)
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{token} is revoked.")


def find(text: str) -> ApiToken:
    live = ApiToken.objects.live()
    if tokens.WELL_FORMED.fullmatch(text):
        found = list(live.filter(digest=ApiToken.digest_of(text)))
    elif text.startswith("inc_") and len(text) == tokens.PREFIX_LENGTH:
        found = list(live.filter(prefix=text)[:2])
    else:
        token_id = uuids.parsed(text)
        found = list(live.filter(pk=token_id)) if token_id else []
    if not found:
        raise CommandError("There is no such token that is not revoked already.")
    if len(found) > 1:
        raise CommandError("Several tokens have this prefix: name the id.")
    token: ApiToken = found[0]
    return token
