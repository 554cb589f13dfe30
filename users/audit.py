"""The administrators' audit log: one row for each change of a person, a role, a token, or for a deletion."""

import uuid
from typing import Any

from core import client_address, request_id
from users.models import AuditEntry, User


def record(
    action: str,
    *,
    actor: User | None,
    target_type: str,
    target_id: uuid.UUID,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Call inside the transaction of the change. `before` and `after` hold no secret. No actor: the command line."""
    AuditEntry.objects.create(
        actor_id=actor.pk if actor else None,
        action=action,
        target_type=target_type,
        target_id=target_id,
        before=before or {},
        after=after or {},
        request_id=request_id.current(),
        address=client_address.current(),
    )
