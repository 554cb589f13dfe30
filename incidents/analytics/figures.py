"""What is counted of a group of incidents, and the statements' columns for it: of the incidents themselves, or of the
tallies, in which a time stands as the bin of a logarithmic scale."""

import re
import sys
from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate, chain
from typing import Any

ValueAt = Callable[[int], float]

# From one bin to the next, so that the middle of a bin is within 1.5 % of whatever is in it.
RATIO = 1.03
QUARTER = "date_bin('15 minutes', {}, '2000-01-01T00:00:00Z')"
MICROSECONDS = "greatest((extract(epoch FROM {} - created_at) * 1000000)::bigint, 0)"
MEASURED = f"""
severity, status, acknowledged_at IS NULL AS unseen,
{MICROSECONDS.format("acknowledged_at")} * (CASE WHEN acknowledged_at IS NOT NULL THEN 1 END) AS ack,
{MICROSECONDS.format("resolved_at")} * (CASE WHEN resolved_at IS NOT NULL THEN 1 END) AS done"""
# A class of FINE bins stands in the first byte, which is never less than FINE, and the place within it in the second.
FINE = 8
EVERY_BYTE = bytes(range(256))
NUMBER = (
    f"(CASE WHEN {{0}} = 0 THEN 0 ELSE 1 + floor(ln({{0}}::float) / ln({RATIO}::float)) END::integer + {FINE * FINE})"
)
BIN = f"substring(int4send({NUMBER} / {FINE} * 256 + {NUMBER} %% {FINE}) FROM 3)"
EXACT = "int8send({0})"
NOT_AT_ALL = "''::bytea"
OF_INCIDENTS = """
count(*) FILTER (WHERE status = 'OPEN'), count(*) FILTER (WHERE status = 'ACK'),
count(*) FILTER (WHERE status = 'RESOLVED'), count(*) FILTER (WHERE status = 'RESOLVED' AND unseen),
count(ack), coalesce(sum(ack), 0)::bigint, coalesce(string_agg({ack}, ''), ''),
count(done), coalesce(sum(done), 0)::bigint, coalesce(string_agg({done}, ''), '')"""
OF_TALLIES = """
sum(open), sum(acknowledged), sum(resolved), sum(unacknowledged),
sum(acknowledgements), sum(to_acknowledge)::bigint, string_agg(acknowledge_{entries}, ''),
sum(resolutions), sum(to_resolve)::bigint, string_agg(resolve_{entries}, '')"""


def of_tallies(entry: str) -> str:
    """Columns over tallies; `entry` is EXACT, BIN or NOT_AT_ALL, which leaves the mean."""
    if entry == NOT_AT_ALL:
        return re.sub(r"string_agg\(.*?\)", NOT_AT_ALL, OF_TALLIES)
    return OF_TALLIES.format(entries="bins" if entry == BIN else "times")


def of_incidents(entry: str) -> str:
    """Columns over MEASURED rows; `entry` is the same."""
    return OF_INCIDENTS.format(ack=entry.format("ack"), done=entry.format("done"))


class Entries:
    """What was measured of some incidents: microseconds, or bins."""

    __slots__ = ("classes", "packed", "places")

    def __init__(self, packed: bytes) -> None:
        self.packed = packed
        self.classes: dict[int, int] = {}
        self.places: dict[int, bytes] = {}

    def exact(self) -> "array[int]":
        values = array("q", self.packed)
        if sys.byteorder == "little":
            values.byteswap()
        return values

    def counted(self) -> dict[int, int]:
        """Of each class how many there are; counted once, for all the groups that these belong to."""
        if not self.classes:
            firsts = self.packed[::2]
            # To make a set of them would look at each as a number.
            found = EVERY_BYTE.translate(None, EVERY_BYTE.translate(None, firsts))
            self.classes = {number: firsts.count(number) for number in found}
        return self.classes

    def places_in(self, number: int) -> bytes:
        """Within this class, one after the other."""
        if number not in self.places:
            is_alone = self.counted().keys() == {number}
            found = self.packed[1::2] if is_alone else b"".join(of_class(number).findall(self.packed))
            self.places[number] = found
        return self.places[number]


@cache
def of_class(number: int) -> "re.Pattern[bytes]":
    """No second byte is as high as a class."""
    return re.compile(re.escape(bytes([number])) + b"(.)", re.DOTALL)


@dataclass(slots=True)
class Times:
    """How long it took. The mean is exact; the rest as exact as the entries."""

    count: int = 0
    total: int = 0
    entries: list[Entries] = field(default_factory=list)

    def add(self, count: int, total: int, entries: list[Entries]) -> None:
        self.count += count
        self.total += total
        self.entries += entries

    def summed_up(self, quantiles: Sequence[float], *, is_exact: bool) -> tuple[float | None, ...]:
        """The mean and the quantiles, in seconds; None for each where nothing was measured."""
        if not self.count:
            return (None,) * (1 + len(quantiles))
        value_at = ranked(self.entries) if is_exact else ranked_bins(self.entries)
        found = (self.total / self.count, *(between(value_at, self.count, quantile) for quantile in quantiles))
        return tuple(round(microseconds / 1e6, 6) for microseconds in found)


@dataclass(slots=True)
class Figures:
    open: int = 0
    acknowledged: int = 0
    resolved: int = 0
    unacknowledged: int = 0
    to_acknowledge: Times = field(default_factory=Times)
    to_resolve: Times = field(default_factory=Times)

    @property
    def count(self) -> int:
        return self.open + self.acknowledged + self.resolved

    def add_row(self, row: Sequence[Any]) -> None:
        """One of `of_incidents` or `of_tallies`."""
        self.add_counts(*row[:4])
        self.to_acknowledge.add(row[4], row[5], [Entries(bytes(row[6]))])
        self.to_resolve.add(row[7], row[8], [Entries(bytes(row[9]))])

    def add_counts(self, is_open: int, acknowledged: int, resolved: int, unacknowledged: int) -> None:
        self.open += is_open
        self.acknowledged += acknowledged
        self.resolved += resolved
        self.unacknowledged += unacknowledged

    def add(self, other: "Figures") -> None:
        self.add_counts(other.open, other.acknowledged, other.resolved, other.unacknowledged)
        for mine, theirs in ((self.to_acknowledge, other.to_acknowledge), (self.to_resolve, other.to_resolve)):
            mine.add(theirs.count, theirs.total, theirs.entries)


def ranked(entries: list[Entries]) -> ValueAt:
    return sorted(chain.from_iterable(part.exact() for part in entries)).__getitem__


def ranked_bins(entries: list[Entries]) -> ValueAt:
    """Two bytes each are too many values to count one by one among a million: first the classes, then within one."""
    classes = classes_of(entries)
    numbers = sorted(classes)
    ends = list(accumulate([classes[number] for number in numbers]))
    known: dict[int, list[int]] = {}

    def value_at(rank: int) -> float:
        at = bisect_right(ends, rank)
        number = numbers[at]
        if number not in known:
            found = b"".join([part.places_in(number) for part in entries])
            known[number] = list(accumulate([found.count(place) for place in range(FINE)]))
        place = bisect_right(known[number], rank - ends[at] + classes[number])
        return middle((number - FINE) * FINE + place)

    return value_at


def classes_of(entries: list[Entries]) -> dict[int, int]:
    if len(entries) == 1:
        return entries[0].counted()
    found: dict[int, int] = {}
    for part in entries:
        for number, count in part.counted().items():
            found[number] = found.get(number, 0) + count
    return found


def middle(number: int) -> float:
    """Of a bin, in microseconds."""
    return RATIO ** (number - 0.5) if number else 0.0


def between(value_at: ValueAt, count: int, quantile: float) -> float:
    """As percentile_cont does it: where the place is no whole number, in proportion between its neighbours."""
    place = (count - 1) * quantile
    below = int(place)
    low = value_at(below)
    return float(low + (value_at(min(below + 1, count - 1)) - low) * (place - below))
