"""Deleting many rows, batch by batch: each is a transaction of its own, and nobody waits for all of them."""

from typing import Any

from django.db import connection


def delete(statement: str, values: Any) -> int:
    """Until a batch finds nothing any more. How many rows went."""
    deleted = 0
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        while cursor.rowcount:
            deleted += cursor.rowcount
            cursor.execute(statement, values)
    return deleted
