"""API tokens: made, and taken back."""

import re
import secrets
import string
import uuid
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now

from core.errors import NotFound
from users import audit
from users.models import ApiToken, User

ALPHABET = string.ascii_letters + string.digits
SECRET_LENGTH = 40
WELL_FORMED = re.compile(rf"inc_[A-Za-z0-9]{{{SECRET_LENGTH}}}")


class TokenNotFound(NotFound):
    message = "There is no such token."


@transaction.atomic
def issue_token(
    owner: User, *, name: str, scope: str, actor: User | None, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """The token and its secret, which exists nowhere else. `inc_` lets secret scanners find leaked ones."""
    secret = "inc_" + "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LENGTH))
    token = ApiToken.objects.create(
        user=owner,
        name=name,
        scope=scope,
        prefix=secret[:10],
        digest=ApiToken.digest_of(secret),
        expires_at=expires_at,
    )
    token.refresh_from_db(fields=["created_at"])
    audit.record("token.created", actor=actor, target_type="token", target_id=token.pk, after=shown(token))
    return token, secret


@transaction.atomic
def revoke_token(token_id: uuid.UUID, *, actor: User | None) -> None:
    """Raises TokenNotFound, also when somebody else has just revoked it."""
    token = ApiToken.objects.live().select_for_update(no_key=True, of=("self",)).filter(pk=token_id).first()
    if token is None:
        raise TokenNotFound
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
