"""The mails about accounts. Their links begin with BASE_URL: a Host header is anybody's to choose."""

import logging
import uuid
from datetime import timedelta
from urllib.parse import urlencode

from anymail.exceptions import AnymailError
from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Q
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.urls import reverse

from core import mail
from users import links
from users.links import Purpose
from users.models import User

logger = logging.getLogger(__name__)
SUBJECTS = {Purpose.RESET: "Set a new password", Purpose.INVITATION: "You are invited to Incidents"}
PAGES = {Purpose.RESET: "account_reset_password_from_key", Purpose.INVITATION: "account_invitation"}
PAUSE = timedelta(minutes=5)


class NotSent(Exception):
    """Of what went wrong it says the kind: what a mail server or a provider answers names the address."""


def send_reset(email: str) -> None:
    """To an active person of this address, if there is one; one mail in five minutes, however often it is asked for."""
    user: User | None = User.objects.active().with_email(email).first()
    if user is None:
        return
    rested = Q(reset_mailed_at=None) | Q(reset_mailed_at__lt=Now() - PAUSE)
    if not User.objects.filter(rested, pk=user.pk).update(reset_mailed_at=Now()):
        return
    try:
        send(user, Purpose.RESET)
    except NotSent:
        User.objects.filter(pk=user.pk).update(reset_mailed_at=None)
        raise


def send_invitation(user_id: uuid.UUID) -> None:
    user: User | None = User.objects.active().filter(pk=user_id).first()
    if user is not None and not user.has_usable_password():
        send(user, Purpose.INVITATION)


def send(user: User, purpose: Purpose) -> None:
    """Raises NotSent."""
    if not mail.is_set_up():
        logger.warning("mail_not_sent", extra={"reason": "EMAIL_URL is not set", "user_id": str(user.pk)})
        return
    query = urlencode({"token": links.make(user, purpose)})
    text = render_to_string(
        f"account/email/{purpose}.txt",
        {
            "user": user,
            "link": f"{settings.BASE_URL}{reverse(PAGES[purpose])}?{query}",
            "hours": links.SECONDS[purpose] // 3600,
            "base_url": settings.BASE_URL,
        },
    )
    try:
        send_mail(SUBJECTS[purpose], text, None, [user.email])
    except (OSError, AnymailError) as error:  # every SMTPException is an OSError
        raise NotSent(type(error).__name__) from None
