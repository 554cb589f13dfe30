"""What an HTTP answer means for a delivery."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from core import outbound
from notifications.outcome import Outcome, Verdict


def of(request: Callable[[], outbound.Answer]) -> Outcome:
    try:
        answer = request()
    except outbound.Refused as refusal:
        return Outcome(Verdict.RETRY, error=str(refusal))
    except outbound.Failed as failure:
        return Outcome(Verdict.RETRY, failure.seconds, error=str(failure))
    return Outcome(
        verdict(answer.status),
        answer.seconds,
        status=answer.status,
        answer=answer.body.decode(errors="replace"),
        error="" if 200 <= answer.status < 300 else f"It answered {answer.status}.",
        retry_after=seconds(answer.headers.get("retry-after", "")),
    )


def verdict(status: int) -> Verdict:
    if 200 <= status < 300:
        return Verdict.DELIVERED
    return Verdict.GONE if status == 410 else Verdict.RETRY


def seconds(text: str) -> float | None:
    """Retry-After, as a number or a date; None for what is neither, or lies behind us."""
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), 1e9)
    try:
        wished = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):  # TypeError: a date without a zone
        return None
    return wished if wished > 0 else None
