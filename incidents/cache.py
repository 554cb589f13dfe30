"""The cached detail. Bytes are filed under what they were built from, and a read asks for what is current:
a late fill, a lost invalidation or a Redis back from a freeze can never show old data."""

import uuid
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.db import transaction

from core import cache as redis
from core.postgres import rows

# Raise it when the JSON of the detail changes its form.
SCHEMA = 2

CURRENT = "SELECT i.version, d.version FROM incidents_incident i, users_directory d WHERE i.id = %s"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a representation was built from: the incident's version, and that of all names shown."""

    version: int
    directory: int

    @property
    def etag(self) -> str:
        return f'"{self.version}.{self.directory}.{SCHEMA}"'

    def key(self, incident_id: uuid.UUID | str) -> str:
        return f"incident:{incident_id}:{self.version}.{self.directory}.{SCHEMA}"


def current(incident_id: uuid.UUID) -> Stamp | None:
    """The stamp that a read starting now must be answered with; None when there is no such incident."""
    row = rows.one(CURRENT, [incident_id])
    return Stamp(*row) if row else None


def get(incident_id: uuid.UUID, stamp: Stamp) -> bytes | None:
    return redis.get(stamp.key(incident_id))


def put(incident_id: uuid.UUID, stamp: Stamp, body: bytes) -> None:
    """In place of what it was before the last change, which raised the version by one, or by two with an assignee.
    What is older, since nobody read it between two comments, goes with its time: a trip to Redis for each would cost
    the writer more than the bytes are worth."""
    before = [Stamp(stamp.version - step, stamp.directory).key(incident_id) for step in (1, 2)]
    redis.set_and_delete(stamp.key(incident_id), body, settings.CACHE_TTL, before)


def drop_after_commit(incident_id: uuid.UUID, stamp: Stamp) -> None:
    """Housekeeping only: nobody asks for this representation any more."""
    transaction.on_commit(lambda: redis.delete(stamp.key(incident_id)))


def clear(incident_id: uuid.UUID | None = None) -> int:
    """Delete what is cached of one incident, or of all; returns how many entries. Raises when Redis is away."""
    count: int = cache.client.delete_pattern(f"incident:{incident_id or '*'}:*")  # type: ignore[attr-defined]  # django-redis
    return count
