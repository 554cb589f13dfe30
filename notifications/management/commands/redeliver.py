import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import clock, commands
from core.errors import Invalid, NotFound
from notifications import services
from notifications.models import Endpoint


class Command(BaseCommand):
    help = "Send again what went to webhooks and channels from a moment on, as after an outage of a receiver."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", required=True, help="as RFC 3339: 2026-11-24T09:12:04Z")
        parser.add_argument("--until", help="up to then (default: now)")
        parser.add_argument(
            "--webhook", type=uuid.UUID, action="append", help="the id of a webhook or channel (default: all of them)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            moments = {name: clock.parse(name, options[name]) for name in ("since", "until") if options[name]}
        except Invalid as error:
            raise CommandError(commands.sentences(error.details)) from None
        ids = options["webhook"] or list(Endpoint.objects.order_by("id").values_list("pk", flat=True))
        count = 0
        for id in ids:
            try:
                count += services.redeliver_since(id, actor=None, **moments)
            except NotFound:
                raise CommandError(f"There is no webhook or channel with the id {id}.") from None
        self.stdout.write(f"{count} deliveries are sent again.")
