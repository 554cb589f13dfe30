"""What a claim hands to a channel, and what the channel makes of it. Plain values: a channel touches no database."""

import uuid
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is ours until its lease ends. Of `endpoint` or of `person` one is None; `secret` is sealed.

    `others` were claimed with it, to go in the same mail, and share its outcome.
    """

    id: uuid.UUID
    attempt_id: uuid.UUID
    number: int  # of this attempt, from 1
    kind: str
    type: str
    payload: str
    request_id: str
    incident_id: uuid.UUID | None = None
    endpoint: uuid.UUID | None = None
    url: str = ""
    secret: str = ""
    previous_secret: str = ""  # empty once its day is over
    person: uuid.UUID | None = None
    email: str = ""
    name: str = ""
    timezone: str = "UTC"
    may_act: bool = False  # the person's role lets them acknowledge
    others: "tuple[Claimed, ...]" = ()


class Verdict(StrEnum):
    DELIVERED = "delivered"
    RETRY = "retry"
    REFUSED = "refused"  # for good: to try again would be of no use
    GONE = "gone"  # the endpoint asks for no more, ever


@dataclass(frozen=True, slots=True)
class Outcome:
    verdict: Verdict
    seconds: float = 0.0
    status: int | None = None
    answer: str = ""  # its beginning
    error: str = ""  # for people; no secret
    retry_after: float | None = None  # seconds that the receiver asked for
    tries: int | None = None  # at most, where the schedule's number is too many
