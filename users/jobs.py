"""What the worker does for accounts: mails, and forgetting what has ended."""

import logging
import uuid

from procrastinate.contrib.django import app

from core import jobs
from users import lockout, mails, sessions

logger = logging.getLogger(__name__)


@app.task(queue="mail", retry=jobs.Backoff())
def send_reset(email: str, request_id: str) -> None:
    with jobs.on_behalf_of(request_id):
        mails.send_reset(email)


@app.task(queue="mail", retry=jobs.Backoff())
def send_invitation(user_id: str, request_id: str) -> None:
    with jobs.on_behalf_of(request_id):
        mails.send_invitation(uuid.UUID(user_id))


@app.periodic(cron="27 * * * *")
@app.task(queue="housekeeping", queueing_lock="forget_old_logins")
def forget_old_logins(timestamp: int) -> None:
    counts = {"failures": lockout.forget_old(), "sessions": sessions.forget_old()}
    logger.info("old_logins_forgotten", extra=counts)
