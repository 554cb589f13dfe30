"""What a mail provider tells afterwards: the mail that it took did not arrive."""

import uuid
from typing import Any

from django.db import transaction
from django.db.models import Q

from notifications.models import Delivery, Entry, Happening, State

LOST = {"bounced", "rejected", "failed"}


def note(told: dict[str, str], type: str, *, reason: str, answer: str) -> int:
    """How many deliveries it concerns: a folded mail told several. What is lost is FAILED, to be sent again by hand."""
    try:
        id = uuid.UUID(told.get("delivery", ""))
    except (ValueError, AttributeError, TypeError):
        return 0  # a mail about an account, or of another service
    return lose(id, f"The mail was {type}: {reason}", answer) if type in LOST else 0


@transaction.atomic
def lose(id: uuid.UUID, sentence: str, answer: str) -> int:
    of_mail = Delivery.objects.filter(Q(pk=id) | Q(folded_into=id), person__isnull=False, state=State.DELIVERED)
    ids = list(of_mail.select_for_update(no_key=True).values_list("pk", flat=True))
    Delivery.objects.filter(pk__in=ids).update(state=State.FAILED)
    entry: dict[str, Any] = {"type": Happening.BOUNCED, "note": sentence[:300], "answer": answer}
    Entry.objects.bulk_create(Entry(delivery_id=id, **entry) for id in ids)
    return len(ids)
