"""Links in mails that do one thing without a log-in. Each stands for a person, at the address it was mailed to."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from users.models import User

ACKNOWLEDGE, UNSUBSCRIBE = "acknowledge", "unsubscribe"
LASTS: dict[str, timedelta | None] = {ACKNOWLEDGE: timedelta(hours=24), UNSUBSCRIBE: None}


class LinkInvalid(Exception):
    """It is none of ours, or ended with the person's address or access."""


class LinkExpired(LinkInvalid):
    """It was right once."""


def address(purpose: str, person: uuid.UUID, email: str, incident: uuid.UUID | None = None) -> str:
    token = signing.dumps([str(person), str(incident) if incident else None, mark(email)], salt=salt(purpose))
    return f"{settings.BASE_URL}{reverse(f'console:{purpose}', args=[token])}"


def read(purpose: str, token: str) -> tuple[User, uuid.UUID | None]:
    """Whom it stands for, and for which incident."""
    try:
        person, incident, mark_then = signing.loads(token, salt=salt(purpose), max_age=LASTS[purpose])
        user: User | None = User.objects.active().filter(pk=person).first()
        incident_id = uuid.UUID(incident) if incident else None
    except signing.SignatureExpired:
        raise LinkExpired from None
    except (signing.BadSignature, ValidationError, ValueError, TypeError):
        raise LinkInvalid from None
    if user is None or not constant_time_compare(mark_then, mark(user.email)):
        raise LinkInvalid
    return user, incident_id


def mark(email: str) -> str:
    return salted_hmac("notifications.mail_links", email, algorithm="sha256").hexdigest()[:16]


def salt(purpose: str) -> str:
    return f"notifications.mail_links.{purpose}"
