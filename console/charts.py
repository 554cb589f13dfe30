"""Charts as the server draws them: bars of SVG, and the same numbers as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from incidents.models import Day

WIDTH, HEIGHT, GAP, LEAST = 300, 64, 2, 2


@dataclass(frozen=True, slots=True)
class Bar:
    date: date
    count: int | None  # while the day is not counted
    seconds: float | None
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    title: str
    verb: str
    typical: float | None
    bars: list[Bar]


def of_times(days: dict[date, Day | None]) -> list[Chart]:
    acknowledged = [
        (date, day.acknowledged, day.seconds_to_acknowledge) if day else (date, None, None)
        for date, day in days.items()
    ]
    resolved = [
        (date, day.resolved, day.seconds_to_resolve) if day else (date, None, None) for date, day in days.items()
    ]
    return [
        drawn("Time to acknowledge", "acknowledged", acknowledged),
        drawn("Time to resolve", "resolved", resolved),
    ]


def drawn(title: str, verb: str, rows: Sequence[tuple[date, int | None, float | None]]) -> Chart:
    known = [seconds for _, _, seconds in rows if seconds is not None]
    most, step = max(known, default=0) or 1, WIDTH / len(rows)
    bars = []
    for number, (day, count, seconds) in enumerate(rows):
        height = LEAST if seconds is None else max(LEAST, round(seconds / most * HEIGHT, 1))
        bars.append(Bar(day, count, seconds, round(number * step, 1), HEIGHT - height, round(step - GAP, 1), height))
    return Chart(title, verb, median(known) if known else None, bars)
