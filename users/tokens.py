"""API tokens: made, and taken back."""

import re
import secrets
import string
import uuid
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now

from core import clock, lookups
from core.errors import Invalid, NotFound
from users import audit
from users.models import ApiToken, User

ALPHABET = string.ascii_letters + string.digits
SECRET_LENGTH = 40
PREFIX_LENGTH = 10  # what is kept of it, to be recognised by
WELL_FORMED = re.compile(rf"inc_[A-Za-z0-9]{{{SECRET_LENGTH}}}")


class TokenNotFound(NotFound):
    message = "There is no such token."


class OwnerNotActive(Invalid):
    def __init__(self) -> None:
        super().__init__(details={"user": ["There is no active user with this id."]})


@transaction.atomic
def issue_token(
    owner: User, *, name: str, scope: str, actor: User | None, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """The token and its secret, which exists nowhere else. `inc_` lets secret scanners find leaked ones.

    Raises OwnerNotActive, or Invalid naming `expires_at`. The lock is that of a deactivation: it finds this token, or
    we find that it was.
    """
    locked = lookups.one(User.objects.active().select_for_update(no_key=True), owner.pk, OwnerNotActive)
    if expires_at is not None and expires_at <= clock.now():
        raise Invalid.field("expires_at", "This time has passed.")
    secret = "inc_" + "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LENGTH))
    token = ApiToken.objects.create(
        user=locked,
        name=name,
        scope=scope,
        prefix=secret[:PREFIX_LENGTH],
        digest=ApiToken.digest_of(secret),
        expires_at=expires_at,
    )
    token.refresh_from_db(fields=["created_at"])
    audit.record("token.created", actor=actor, target_type="token", target_id=token.pk, after=shown(token))
    return token, secret


@transaction.atomic
def revoke_token(token_id: uuid.UUID, *, actor: User | None) -> None:
    """Raises TokenNotFound, also when somebody else has just revoked it."""
    rows = ApiToken.objects.live().select_for_update(no_key=True, of=("self",))
    token = lookups.one(rows, token_id, TokenNotFound)
    end(token, actor=actor)


def revoke_all(owner: User, *, actor: User | None) -> None:
    """Call with the owner locked, so that no token comes to be meanwhile."""
    for token in owner.tokens.live().select_for_update(no_key=True).order_by("pk"):
        end(token, actor=actor)


def end(token: ApiToken, *, actor: User | None) -> None:
    token.revoked_at = Now()
    token.save(update_fields=["revoked_at"])
    audit.record("token.revoked", actor=actor, target_type="token", target_id=token.pk, before=shown(token))


def shown(token: ApiToken) -> dict[str, str | None]:
    return {
        "name": token.name,
        "scope": token.scope,
        "prefix": token.prefix,
        "user": str(token.user_id),
        "expires_at": token.expires_at.isoformat() if token.expires_at else None,
    }
