"""Bars and the heat map of analytics as the server draws them: where each part of an SVG stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

WIDTH, HEIGHT, LEAST, LINE = 600, 120, 1, 2
LEVELS = 5


class Part(NamedTuple):
    tone: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    title: str
    x: float
    width: float
    parts: list[Part]


def stacked(titles: Sequence[str], tones: Sequence[str], counts: Sequence[Sequence[int]]) -> list[Bar]:
    """One on another, the first tone at the bottom."""
    most = max((sum(row) for row in counts), default=0) or 1
    return [
        Bar(title, *place(number, len(titles)), pile(tones, row, most))
        for number, (title, row) in enumerate(zip(titles, counts, strict=True))
    ]


def pile(tones: Sequence[str], counts: Sequence[int], most: int) -> list[Part]:
    parts, top = [], float(HEIGHT)
    for tone, count in zip(tones, counts, strict=True):
        height = round(count / most * HEIGHT, 1)
        top = round(top - height, 1)
        parts.append(Part(tone, top, height))
    return [part for part in parts if part.height] or [Part("none", HEIGHT - LEAST, LEAST)]


def timed(titles: Sequence[str], seconds: Sequence[tuple[float | None, float | None]]) -> list[Bar]:
    """The median as a bar, and the 90th percentile as a line above it."""
    most = max((high for _, high in seconds if high), default=0) or 1
    return [
        Bar(title, *place(number, len(titles)), median_and_high(median, high, most))
        for number, (title, (median, high)) in enumerate(zip(titles, seconds, strict=True))
    ]


def median_and_high(median: float | None, high: float | None, most: float) -> list[Part]:
    if median is None or high is None:
        return [Part("none", HEIGHT - LEAST, LEAST)]
    height = max(LEAST, round(median / most * HEIGHT, 1))
    line = min(round(HEIGHT - high / most * HEIGHT, 1), HEIGHT - LINE)
    return [Part("median", round(HEIGHT - height, 1), height), Part("high", line, LINE)]


def place(number: int, count: int) -> tuple[float, float]:
    """Where a bar begins, and how wide it is: four fifths of what there is for each."""
    step = WIDTH / count
    return round(number * step, 2), round(max(step * 0.8, 0.5), 2)


def levels(hours: Sequence[Sequence[int]]) -> list[list[int]]:
    """0 for none, and up to LEVELS for the most."""
    most = max(max(row) for row in hours) or 1
    return [[-(-count * LEVELS // most) for count in row] for row in hours]


def shares(counts: Sequence[tuple[str, int]]) -> list[tuple[str, str, float]]:
    """(name, count, its hundredths of the largest)."""
    most = max((count for _, count in counts), default=0) or 1
    return [(name, f"{count:,}", round(100 * count / most, 1)) for name, count in counts]
