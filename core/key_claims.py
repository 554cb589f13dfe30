"""The rows of Idempotency-Keys: whoever inserts one runs the request, and all others wait for what comes of it."""

import hmac
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import psycopg
from django.conf import settings
from django.db import OperationalError

from core.errors import Conflict
from core.postgres import rows

TABLE = "core_idempotency_key"
# Without an answer, until the view has made it, or with it, from a statement that makes it itself.
CLAIM = """
INSERT INTO core_idempotency_key (principal, key, fingerprint, expires_at, response, location)
SELECT %(principal)s, %(key)s, %(fingerprint)s, now() + make_interval(hours => %(hours)s), {answer}
ON CONFLICT (principal, key) DO UPDATE
   SET fingerprint = EXCLUDED.fingerprint, response = EXCLUDED.response, location = EXCLUDED.location,
       created_at = now(), expires_at = EXCLUDED.expires_at
 WHERE core_idempotency_key.expires_at <= now()
RETURNING id
"""
CLAIM_FIRST = CLAIM.format(answer="NULL, ''")
FIND = """
SELECT fingerprint, response, location FROM core_idempotency_key
WHERE principal = %s AND key = %s AND expires_at > now()
"""
Answer = tuple[str, str, str]  # fingerprint of the request, body, Location

STORE = "UPDATE core_idempotency_key SET response = %s, location = %s WHERE id = %s"


class KeyConflict(Conflict):
    code = "IDEMPOTENCY_KEY_CONFLICT"
    outcome = "conflict"
    message = "This Idempotency-Key was used with another request."


class KeyInUse(Conflict):
    code = "IDEMPOTENCY_KEY_IN_USE"
    outcome = "in_use"
    message = "The first request with this Idempotency-Key still runs. Try again."
    headers = {"Retry-After": "1"}


@dataclass(slots=True)
class Claim:
    """Of a key, by a service whose one statement takes it, does the work and stores the answer (`claiming`)."""

    principal: str
    key: str
    fingerprint: str
    is_lost: bool = False

    @property
    def values(self) -> dict[str, Any]:
        return {
            "principal": self.principal,
            "key": self.key,
            "fingerprint": self.fingerprint,
            "hours": settings.IDEMPOTENCY_KEY_EXPIRY_HOURS,
        }

    def lost(self) -> KeyInUse:
        """For whoever finds that somebody else has the key: nothing was written."""
        self.is_lost = True
        return KeyInUse()


def take(claim: Claim) -> int | None:
    """The row's id when the key is ours to run; None when somebody ran it. Waits for whoever is running it."""
    with in_turn(claim):
        row = rows.one(CLAIM_FIRST, claim.values)
    return int(row[0]) if row else None


def write(claim: Claim, statement: str, values: Mapping[str, Any]) -> rows.Row:
    """By a statement that holds CLAIM and does nothing without what that gives: the row of its result. Raises
    KeyInUse."""
    with in_turn(claim):
        row = rows.one(statement, {**values, **claim.values})
    if row is None:
        raise claim.lost()
    return row


@contextmanager
def in_turn(claim: Claim) -> Iterator[None]:
    """Around the statement that takes the key, which waits for whoever has it, and not for ever. PostgreSQL says of
    which table the row was; another lock that was not to be had is a database that cannot serve."""
    try:
        yield
    except OperationalError as error:
        cause = error.__cause__
        if isinstance(cause, psycopg.errors.LockNotAvailable) and TABLE in (cause.diag.context or ""):
            raise claim.lost() from None
        raise


def find(claim: Claim) -> Answer | None:
    return cast("Answer | None", rows.one(FIND, [claim.principal, claim.key]))


def checked(stored: Answer | None, claim: Claim, conflict: type[KeyConflict] = KeyConflict) -> Answer:
    """What is stored, for whoever comes second. Raises KeyInUse, or `conflict` where it is of another request."""
    if stored is None:  # it still runs, or was purged between the claim and the look
        raise KeyInUse
    if not hmac.compare_digest(stored[0], claim.fingerprint):
        raise conflict
    return stored


def store(claimed: int, body: str, location: str) -> None:
    """What whoever comes second with the key is told."""
    rows.run(STORE, [body, location, claimed])
