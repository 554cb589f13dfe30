"""Days, weeks and months by the clocks of a zone, and what tallies can tell of them."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from incidents.analytics.period import Period, Span, stretches

HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)


def period(zone: str, start: str, end: str) -> Period:
    where = ZoneInfo(zone)
    begin, finish = (datetime.fromisoformat(text).replace(tzinfo=where).astimezone(UTC) for text in (start, end))
    return Period(begin, finish, where)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "start", "days", "hours"),
    [
        ("UTC", "2026-03-28", 3, [24, 24, 24]),
        ("Europe/Berlin", "2026-03-28", 3, [24, 23, 24]),
        ("Europe/Berlin", "2026-10-24", 3, [24, 25, 24]),
        ("Asia/Kathmandu", "2026-03-28", 3, [24, 24, 24]),
        ("Australia/Lord_Howe", "2026-04-04", 3, [24, 24.5, 24]),
        ("Australia/Lord_Howe", "2026-10-03", 3, [24, 23.5, 24]),
        ("America/Sao_Paulo", "2018-11-03", 3, [24, 23, 24]),  # no midnight on the 4th
        ("Pacific/Apia", "2011-12-29", 3, [24, 24]),  # no 30th of December
    ],
)
def test_a_day_is_as_long_as_its_clocks_say(zone: str, start: str, days: int, hours: list[float]) -> None:
    begin = datetime.fromisoformat(start)
    spans = period(zone, start, (begin + timedelta(days=days)).isoformat()).buckets("day")

    assert [(span.end - span.start) / HOUR for span in spans] == hours


def test_weeks_begin_on_monday_and_months_on_their_first_day() -> None:
    asked = period("Europe/Berlin", "2026-10-21T09:00", "2026-11-05T09:00")

    assert [span.start for span in asked.buckets("week")][1:] == [utc("2026-10-25T23:00"), utc("2026-11-01T23:00")]
    assert [span.start for span in asked.buckets("month")][1:] == [utc("2026-10-31T23:00")]


@pytest.mark.parametrize("length", ["day", "week", "month"])
def test_buckets_follow_each_other_from_the_beginning_of_the_period_to_its_end(length: str) -> None:
    asked = period("Asia/Kathmandu", "2026-01-15T13:07:01", "2026-05-02T00:00")
    spans = asked.buckets(length)

    assert (spans[0].start, spans[-1].end) == (asked.start, asked.end)
    assert all(first.end == after.start for first, after in pairwise(spans))


def test_the_period_before_has_as_many_days_however_long_they_are() -> None:
    before = period("Europe/Berlin", "2026-03-29", "2026-03-31").before()
    odd = Period(utc("2026-03-29T12:00"), utc("2026-03-29T13:30"), ZoneInfo("UTC")).before()

    assert (before.start, before.end) == (utc("2026-03-26T23:00"), utc("2026-03-28T23:00"))
    assert (odd.start, odd.end) == (utc("2026-03-29T10:30"), utc("2026-03-29T12:00"))


@pytest.mark.parametrize(
    ("zone", "start", "expected"),
    [
        ("Asia/Kathmandu", "2026-03-29", [20700]),
        ("Europe/Berlin", "2026-03-29", [3600, 7200]),
        ("Australia/Lord_Howe", "2026-04-05", [39600, 37800]),
    ],
)
def test_a_period_knows_when_clocks_are_turned(zone: str, start: str, expected: list[int]) -> None:
    asked = period(zone, start, f"{start}T23:59:59")
    found = list(asked.offsets())

    assert [offset for _, offset in found] == expected
    assert (found[0][0].start, found[-1][0].end) == (asked.start, asked.end)
    turns = [span.start for span, _ in found[1:]]
    assert all(asked.offset(turn) != asked.offset(turn - timedelta(seconds=1)) for turn in turns)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu", "Africa/Monrovia"])
@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_in_a_period_is_read_once(zone: str, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311  which days does not matter
    year = 1971 if zone == "Africa/Monrovia" else 2026  # whose clocks went by seconds until 1972
    begin = utc(f"{year}-03-20") + timedelta(seconds=dice.randrange(10**5))
    asked = Period(begin, begin + timedelta(seconds=dice.randrange(10**6)), ZoneInfo(zone))
    changed = {utc(f"{year}-03-19") + QUARTER * dice.randrange(1500) for _ in range(dice.randrange(9))}
    spans = asked.buckets("day")
    kept, read = stretches(spans, changed)

    for number, span in enumerate(spans):
        parts = sorted(Span(*part[:2]) for part in kept + read if part.bucket == number)
        assert (parts[0].start, parts[-1].end) == span
        assert all(first.end == after.start for first, after in pairwise(parts))
    assert not any(part.start <= quarter < part.end for part in kept for quarter in changed)
    assert all(not (edge - utc("1970-01-01")) % QUARTER for part in kept for edge in part[:2])
    assert all(not (part.start - utc("1970-01-01")) % timedelta(days=1) for part in kept if part.is_day)
