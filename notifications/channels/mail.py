"""Mail, by SMTP or by a provider's API, and what a refusal means."""

import smtplib
import time

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused

from core import mail as outgoing
from notifications import letters
from notifications.outcome import Claimed, Outcome, Verdict

# They speak of the server and of us, not of this mail: an administrator may well put it right meanwhile.
OF_THE_CONNECTION = (smtplib.SMTPConnectError, smtplib.SMTPHeloError, smtplib.SMTPAuthenticationError)
PASSING_STATUSES = (401, 403, 408, 429)
LONGEST_ANSWER = 4_096


def send(claimed: Claimed) -> Outcome:
    if not outgoing.is_set_up():
        return Outcome(Verdict.REFUSED, error="No mail server is set up: EMAIL_URL.")
    mail = letters.compose(claimed)
    began = time.monotonic()
    try:
        mail.send()
    except (OSError, AnymailError) as error:  # every SMTPException is an OSError
        verdict, status, answer = judge(error)
        seconds = time.monotonic() - began
        return Outcome(verdict, seconds, status=status, answer=answer, error=sentence(error, verdict, status))
    return Outcome(Verdict.DELIVERED, time.monotonic() - began)


def judge(error: Exception) -> tuple[Verdict, int | None, str]:
    if isinstance(error, AnymailError):
        return of_provider(error)
    status, answer = said(error)
    is_final = status is not None and status >= 500 and not isinstance(error, OF_THE_CONNECTION)
    return Verdict.REFUSED if is_final else Verdict.RETRY, status, answer


def said(error: Exception) -> tuple[int | None, str]:
    """The server's reply: its code and its words."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        status, words = next(iter(error.recipients.values()))
        return status, text(words)
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code, text(error.smtp_error)
    return None, ""


def text(words: bytes | str) -> str:
    decoded = words.decode(errors="replace") if isinstance(words, bytes) else words
    return decoded[:LONGEST_ANSWER]


def of_provider(error: AnymailError) -> tuple[Verdict, int | None, str]:
    if isinstance(error, AnymailRecipientsRefused):
        return Verdict.REFUSED, None, ""
    status = error.status_code if isinstance(error, AnymailAPIError) else None
    is_final = status is not None and 400 <= status < 500 and status not in PASSING_STATUSES
    answer = text(error.response.text) if error.response is not None else ""
    return Verdict.REFUSED if is_final else Verdict.RETRY, status, answer


def sentence(error: Exception, verdict: Verdict, status: int | None) -> str:
    code = f" ({status})" if status is not None else ""
    if verdict == Verdict.REFUSED:
        of = "the recipient" if isinstance(error, smtplib.SMTPRecipientsRefused | AnymailRecipientsRefused) else "it"
        return f"The mail server refused {of} for good{code}."
    if status is not None:
        return f"The mail server does not take it at present{code}."
    return f"The mail server could not be reached, or did not answer: {type(error).__name__}."
