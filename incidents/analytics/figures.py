"""What is counted of a group of incidents, and the statements' columns for it: of the incidents themselves, or of the
tallies, in which a time stands as the bin of a logarithmic scale."""

import sys
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

# From one bin to the next, so that the middle of a bin is within 1.5 % of whatever is in it.
RATIO = 1.03
QUARTER = "date_bin('15 minutes', {}, '2000-01-01T00:00:00Z')"
MICROSECONDS = "greatest((extract(epoch FROM {} - created_at) * 1000000)::bigint, 0)"
MEASURED = f"""
severity, status, acknowledged_at IS NULL AS unseen,
{MICROSECONDS.format("acknowledged_at")} * (CASE WHEN acknowledged_at IS NOT NULL THEN 1 END) AS ack,
{MICROSECONDS.format("resolved_at")} * (CASE WHEN resolved_at IS NOT NULL THEN 1 END) AS done"""
BIN = f"int2send(CASE WHEN {{0}} > 0 THEN 1 + floor(ln({{0}}::float) / ln({RATIO}::float)) ELSE 0 END::smallint)"
EXACT = "int8send({0})"
OF_INCIDENTS = """
count(*) FILTER (WHERE status = 'OPEN'), count(*) FILTER (WHERE status = 'ACK'),
count(*) FILTER (WHERE status = 'RESOLVED'), count(*) FILTER (WHERE status = 'RESOLVED' AND unseen),
count(ack), coalesce(sum(ack), 0)::bigint, coalesce(string_agg({ack}, ''), ''),
count(done), coalesce(sum(done), 0)::bigint, coalesce(string_agg({done}, ''), '')"""
OF_TALLIES = """
sum(open), sum(acknowledged), sum(resolved), sum(unacknowledged),
sum(acknowledgements), sum(to_acknowledge)::bigint, string_agg(acknowledge_bins, ''),
sum(resolutions), sum(to_resolve)::bigint, string_agg(resolve_bins, '')"""


def of_incidents(entry: str) -> str:
    """Columns over MEASURED rows; `entry` is EXACT or BIN."""
    return OF_INCIDENTS.format(ack=entry.format("ack"), done=entry.format("done"))


@dataclass(slots=True)
class Times:
    """How long it took. The mean is exact; the rest as exact as the entries: microseconds, or bins."""

    count: int = 0
    total: int = 0
    entries: list[bytes] = field(default_factory=list)

    def add(self, count: int, total: int, entries: Iterable[bytes]) -> None:
        self.count += count
        self.total += total
        self.entries.extend(entries)

    def summed_up(self, quantiles: Sequence[float], *, is_exact: bool) -> tuple[float | None, ...]:
        """The mean and the quantiles, in seconds; None for each where nothing was measured."""
        if not self.count:
            return (None,) * (1 + len(quantiles))
        of = exact_quantiles if is_exact else quantiles_of_bins
        found = (self.total / self.count, *of(b"".join(self.entries), quantiles))
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
        """One of `of_incidents` or OF_TALLIES."""
        self.add_counts(*row[:4])
        self.to_acknowledge.add(row[4], row[5], [bytes(row[6])])
        self.to_resolve.add(row[7], row[8], [bytes(row[9])])

    def add_counts(self, is_open: int, acknowledged: int, resolved: int, unacknowledged: int) -> None:
        self.open += is_open
        self.acknowledged += acknowledged
        self.resolved += resolved
        self.unacknowledged += unacknowledged

    def add(self, other: "Figures") -> None:
        self.add_counts(other.open, other.acknowledged, other.resolved, other.unacknowledged)
        for mine, theirs in ((self.to_acknowledge, other.to_acknowledge), (self.to_resolve, other.to_resolve)):
            mine.add(theirs.count, theirs.total, theirs.entries)


def exact_quantiles(entries: bytes, quantiles: Sequence[float]) -> list[float]:
    values = sorted(unpacked("q", entries))
    return [between(values.__getitem__, len(values), quantile) for quantile in quantiles]


def quantiles_of_bins(entries: bytes, quantiles: Sequence[float]) -> list[float]:
    counted = sorted(Counter(unpacked("H", entries)).items())
    ends = list(accumulate(count for _, count in counted))

    def value_at(rank: int) -> float:
        return middle(counted[bisect_right(ends, rank)][0])

    return [between(value_at, ends[-1], quantile) for quantile in quantiles]


def unpacked(code: str, entries: bytes) -> "array[int]":
    values = array(code, entries)
    if sys.byteorder == "little":
        values.byteswap()
    return values


def middle(number: int) -> float:
    """Of a bin, in microseconds."""
    return RATIO ** (number - 0.5) if number else 0.0


def between(value_at: Any, count: int, quantile: float) -> float:
    """As percentile_cont does it: where the place is no whole number, in proportion between its neighbours."""
    place = (count - 1) * quantile
    below = int(place)
    low = value_at(below)
    return float(low + (value_at(min(below + 1, count - 1)) - low) * (place - below))
