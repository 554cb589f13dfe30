"""Refuses a PostgreSQL that may lose writes which it has acknowledged."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

DURABLE = ["fsync", "full_page_writes", "synchronous_commit"]
UNSAFE = "SELECT name FROM pg_settings WHERE name = ANY(%s) AND setting = 'off' ORDER BY name"


def unsafe_settings(connection: BaseDatabaseWrapper) -> list[str]:
    """Those of the settings which a crash of the server needs on, and which are off."""
    with connection.cursor() as cursor:
        cursor.execute(UNSAFE, [DURABLE])
        return [name for (name,) in cursor.fetchall()]


@register(Tags.database)
def durability(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **_kwargs: Any
) -> list[CheckMessage]:
    kind = Error if settings.ENVIRONMENT == "production" else Warning
    return [
        kind(f"PostgreSQL runs with {name}=off: a crash would lose acknowledged writes.", id="core.E001")
        for alias in databases or ()
        for name in unsafe_settings(connections[alias])
    ]
