"""Deliveries that were finished long ago: they go, with their entries. What is still to be told never does."""

from django.conf import settings

from core import batches
from notifications.models import State

# Their ids rise with the time, and so the index of each state leads to the oldest; but one that was parked for long
# and told lately stays. Whoever sends one again at this moment has its row locked, and it is passed over.
PURGE = """
WITH old AS (
    SELECT id FROM notifications_delivery
    WHERE state = %(state)s AND finished_at < app_now() - make_interval(days => %(days)s)
      AND id < (lpad(to_hex(extract(epoch FROM app_now() - make_interval(days => %(days)s))::bigint * 1000), 12, '0')
                || repeat('0', 20))::uuid
    ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), entries AS (
    DELETE FROM notifications_entry WHERE delivery_id IN (SELECT id FROM old)
)
DELETE FROM notifications_delivery WHERE id IN (SELECT id FROM old)
"""
FINISHED = [state for state in State.values if state != State.PENDING]


def purge(batch_size: int = 5000) -> int:
    """How many went."""
    values = {"days": settings.DELIVERY_RETENTION_DAYS, "limit": batch_size}
    return sum(batches.delete(PURGE, {**values, "state": state}) for state in FINISHED)
