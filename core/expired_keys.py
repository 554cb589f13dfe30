"""Idempotency keys whose time is over: they count as new even before they are deleted here."""

from django.db import connection
from django.db.models.functions import Now

from core.models import IdempotencyKey

PURGE = """
DELETE FROM core_idempotency_key WHERE id IN
(SELECT id FROM core_idempotency_key WHERE expires_at <= now() ORDER BY expires_at LIMIT %s FOR UPDATE SKIP LOCKED)
"""


def purge(batch_size: int = 5000) -> int:
    """Delete expired keys, batch by batch; returns how many. A row that a request is claiming anew is skipped."""
    deleted = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(PURGE, [batch_size])
            if not cursor.rowcount:
                return deleted
            deleted += cursor.rowcount


def count() -> int:
    return IdempotencyKey.objects.filter(expires_at__lte=Now()).count()
