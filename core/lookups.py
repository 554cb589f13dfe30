"""One row by its key, or the refusal that says that it is not there."""

from typing import Any

from core.errors import DomainError


def one(rows: Any, pk: Any, missing: type[DomainError]) -> Any:
    """Of a queryset, which may lock it. Raises `missing`."""
    row = rows.filter(pk=pk).first()
    if row is None:
        raise missing
    return row
