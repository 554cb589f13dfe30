"""Statements by hand. Those that nearly every request runs each have a cursor that the connection keeps for them.

psycopg finds out anew for each cursor how to write the values and read the columns of a statement: kept, that takes 35
us of a processor in place of 57. For few rows: a cursor holds those of its last run until the next.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.db import connection

from core.postgres.base import DatabaseWrapper

Values = Sequence[Any] | Mapping[str, Any]
Row = tuple[Any, ...]


def run(statement: str, values: Values | None = None) -> list[Row]:
    """Every row, if it has any, by a cursor that is not kept: for what comes seldom, or in a new form each time."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def one(statement: str, values: Values) -> Row | None:
    """The first row; None without one. By the cursor that is kept, as the next."""
    row: Row | None = cast(DatabaseWrapper, connection).run_kept(statement, values).fetchone()
    return row


def every(statement: str, values: Values) -> list[Row]:
    rows: list[Row] = cast(DatabaseWrapper, connection).run_kept(statement, values).fetchall()
    return rows
