"""Statements by hand that nearly every request runs, each by a cursor that its connection keeps for it.

psycopg finds out anew for each cursor how to write the values and read the columns of a statement: kept, that takes 35
us of a processor in place of 57. For few rows: a cursor holds those of its last run until the next.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.db import connection

from core.postgres.base import DatabaseWrapper

Values = Sequence[Any] | Mapping[str, Any]
Row = tuple[Any, ...]


def one(statement: str, values: Values) -> Row | None:
    """The first row; None without one."""
    row: Row | None = cast(DatabaseWrapper, connection).run_kept(statement, values).fetchone()
    return row


def every(statement: str, values: Values) -> list[Row]:
    rows: list[Row] = cast(DatabaseWrapper, connection).run_kept(statement, values).fetchall()
    return rows
