"""A period, its buckets by the calendar of a time zone, and the stretches of time that tallies can be read of."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.clock import midnight
from incidents.analytics.tallies import DAYS, QUARTERS

BUCKETS = ("day", "week", "month")
DEFAULT_DAYS = 30
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
# A year of days, and somewhat more than thirty years of months.
MOST_BUCKETS = 400


class Span(NamedTuple):
    start: datetime
    end: datetime


class Stretch(NamedTuple):
    """What is read at once, of whole days or of whole quarters of an hour, or of the incidents themselves."""

    start: datetime
    end: datetime
    is_day: bool
    bucket: int


@dataclass(frozen=True, slots=True)
class Period:
    start: datetime
    end: datetime
    zone: ZoneInfo

    def buckets(self, length: str) -> list[Span]:
        """In order, and clipped to the period: the first and the last may be parts. A day that a zone skipped has
        none."""
        starts = [self.start, *self.turns(length), self.end]
        return [Span(first, after) for first, after in pairwise(starts)]

    def turns(self, length: str) -> Iterator[datetime]:
        """The midnights within the period at which a new bucket begins."""
        day = first_day(self.start.astimezone(self.zone).date(), length)
        last = self.start
        while (turn := midnight(day, self.zone)) < self.end:
            if turn > last:
                yield turn
                last = turn
            day = next_day(day, length)

    def is_longer_than(self, most: int, length: str) -> bool:
        """Than so many buckets."""
        return len(list(islice(self.turns(length), most))) >= most

    def before(self) -> "Period":
        """The same number of days before this one, or the same time where it is not of whole days."""
        first, after = (moment.astimezone(self.zone) for moment in (self.start, self.end))
        start = midnight(first.date() - (after.date() - first.date()), self.zone)
        is_of_days = all(midnight(moment.date(), self.zone) == moment for moment in (first, after))
        return Period(start if is_of_days else self.start - (self.end - self.start), self.start, self.zone)

    def offsets(self) -> Iterator[tuple[Span, int]]:
        """The stretches in which the zone's clocks keep the same distance from UTC, and that distance in seconds."""
        start, offset = self.start, self.offset(self.start)
        for hour in hours(self.start, self.end):
            if self.offset(hour) != offset:
                turn = self.turn_of_clocks(hour - timedelta(hours=1), hour)
                yield Span(start, turn), offset
                start, offset = turn, self.offset(hour)
        yield Span(start, self.end), offset

    def offset(self, moment: datetime) -> int:
        found = moment.astimezone(self.zone).utcoffset()
        return int(found.total_seconds()) if found else 0

    def turn_of_clocks(self, before: datetime, after: datetime) -> datetime:
        """To the second."""
        seconds, low = int((after - before).total_seconds()), 0
        while seconds - low > 1:
            middle = (low + seconds) // 2
            is_turned = self.offset(before + timedelta(seconds=middle)) == self.offset(after)
            low, seconds = (low, middle) if is_turned else (middle, seconds)
        return before + timedelta(seconds=seconds)


def hours(start: datetime, end: datetime) -> Iterator[datetime]:
    moment = start.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    while moment < end:
        yield moment
        moment += timedelta(hours=1)


def first_day(day: date, length: str) -> date:
    """Of the bucket that the day is in. Weeks begin on Monday."""
    if length == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if length == "month" else day


def next_day(day: date, length: str) -> date:
    """Of the next bucket."""
    if length == "month":
        return (day + timedelta(days=32)).replace(day=1)
    return day + timedelta(days=7 if length == "week" else 1)


def stretches(
    spans: Iterable[Span], changed: Collection[datetime], *, has_days: bool = True
) -> tuple[list[Stretch], list[Stretch]]:
    """(of tallies, of incidents). Only incidents know of quarters of an hour that a span holds a part of, and of those
    that have `changed` since they were counted. Without `has_days` no tallies of whole days are wanted."""
    kept: list[Stretch] = []
    read: list[Stretch] = []
    quarters, days = sorted(changed), {floor(quarter, DAYS) for quarter in changed}
    for number, span in enumerate(spans):
        first, after = ceiling(span.start, QUARTERS), floor(span.end, QUARTERS)
        edges = ((span.start, first), (after, span.end)) if first <= after else (span,)
        read += [Stretch(start, end, False, number) for start, end in edges if start < end]
        for start, end, is_day in by_days(first, after, days) if has_days else [(first, after, False)]:
            inside = [] if is_day else quarters[bisect_left(quarters, start) : bisect_left(quarters, end)]
            kept += [Stretch(*run, is_day, number) for run in between(start, end, inside)]
            read += [Stretch(quarter, quarter + QUARTERS, False, number) for quarter in inside]
    return kept, read


def by_days(
    first: datetime, after: datetime, changed: Collection[datetime]
) -> Iterator[tuple[datetime, datetime, bool]]:
    """What lies between in runs of whole days (UTC), and the rest as quarters of an hour."""
    start, is_day = first, False
    day = ceiling(first, DAYS)
    while day + DAYS <= after:
        if (day not in changed) != is_day:
            if start < day:
                yield start, day, is_day
            start, is_day = day, not is_day
        day += DAYS
    if is_day:
        yield start, day, True
        start = day
    if start < after:
        yield start, after, False


def between(start: datetime, end: datetime, quarters: list[datetime]) -> list[Span]:
    """The runs that are left when these are taken out."""
    firsts = [start, *(quarter + QUARTERS for quarter in quarters)]
    return [Span(*run) for run in zip(firsts, [*quarters, end], strict=True) if run[0] < run[1]]


def floor(moment: datetime, step: timedelta) -> datetime:
    return moment - (moment - EARLIEST) % step


def ceiling(moment: datetime, step: timedelta) -> datetime:
    return moment + (EARLIEST - moment) % step
