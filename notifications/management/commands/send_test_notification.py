import time
import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import NotFound
from notifications import services, trial
from notifications.models import Delivery, Kind, State
from users.management import people

LOOK_SECONDS = 0.2


class Command(BaseCommand):
    help = "Send a test to somebody by mail, or to a webhook or channel, and tell what came of it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("to", help="the e-mail address of a user, or the id of a webhook or channel")
        parser.add_argument(
            "--wait", type=float, default=60, metavar="SECONDS", help="for a worker to send it (default: 60)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        delivery = queued(options["to"])
        until = time.monotonic() + options["wait"]
        while delivery.state == State.PENDING and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
            delivery.refresh_from_db()
        if delivery.state == State.PENDING:
            raise CommandError(f"No worker has sent it to {delivery.target} yet; it stays in line.")
        last = delivery.entries.order_by("id").last()
        if delivery.state != State.DELIVERED:
            raise CommandError(
                f"It did not reach {delivery.target}. {last.note if last else ''} {last and last.answer}"
            )
        self.stdout.write(f"It was delivered to {delivery.target}.")


def queued(to: str) -> Delivery:
    if "@" in to:
        person = people.named(to)
        return trial.send(actor=None, kind=Kind.MAIL, person=person, target=person.email)
    try:
        return services.ping(uuid.UUID(to), actor=None)
    except (ValueError, NotFound):
        raise CommandError(f"{to} is neither an e-mail address nor the id of a webhook or channel.") from None
