"""Idempotency keys whose time is over: they count as new even before they are deleted here."""

from django.db.models.functions import Now

from core import batches
from core.models import IdempotencyKey

PURGE = """
DELETE FROM core_idempotency_key WHERE id IN
(SELECT id FROM core_idempotency_key WHERE expires_at <= now() ORDER BY expires_at LIMIT %s FOR UPDATE SKIP LOCKED)
"""


def purge(batch_size: int = 5000) -> int:
    """How many went. A row that a request is claiming anew is skipped."""
    return batches.delete(PURGE, [batch_size])


def count() -> int:
    return IdempotencyKey.objects.filter(expires_at__lte=Now()).count()
