"""A place in the log. Its order is the order in which transactions began to write, so that nothing comes in before it
once it has been passed; `sequence` alone would not do, for a higher one may commit first."""

import re
from typing import NamedTuple

WELL_FORMED = re.compile(r"([0-9a-f]{8})([0-9a-f]{16})([0-9a-f]{16})", re.ASCII)
LARGEST = 2**31 - 1, 2**63 - 1, 2**63 - 1  # of the columns; PostgreSQL has no transaction beyond it


class Position(NamedTuple):
    epoch: int
    xid: int
    sequence: int

    def __str__(self) -> str:
        """As clients know it: of a fixed width, so that it sorts as text too."""
        return f"{self.epoch:08x}{self.xid:016x}{self.sequence:016x}"


def parse(text: str) -> Position | None:
    """None for what no `str(position)` can have been."""
    match = WELL_FORMED.fullmatch(text)
    if match is None:
        return None
    found = Position(*(int(digits, 16) for digits in match.groups()))
    return found if all(value <= most for value, most in zip(found, LARGEST, strict=True)) else None
