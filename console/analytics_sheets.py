"""The tables of analytics, each beside its chart and as a file: one for both."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from console.templatetags.console import duration
from incidents import export
from incidents.analytics.breakdown import People
from incidents.analytics.figures import Figures, Times
from incidents.analytics.period import Period
from incidents.analytics.summary import Summary, altogether
from incidents.analytics.tallies import NOBODY
from incidents.models import Severity
from users.models import User

QUANTILES = (0.5, 0.9)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DATES = {"day": "%-d %b %Y", "week": "week of %-d %b %Y", "month": "%b %Y"}
PEOPLE_COLUMNS = (
    "Incidents",
    "Not resolved",
    "Mean to acknowledge",
    "Mean to resolve",
    "Resolved without acknowledgement",
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """`rows` hold text, counts and seconds as they are; `durations` says in which columns these last stand."""

    name: str
    title: str
    columns: Sequence[str]
    rows: list[list[Any]]
    durations: frozenset[int] = field(default_factory=frozenset)

    def shown(self) -> list[list[str]]:
        return [[self.cell(number, value) for number, value in enumerate(row)] for row in self.rows]

    def cell(self, number: int, value: Any) -> str:
        if number in self.durations:
            return duration(value)
        return f"{value:,}" if isinstance(value, int) else str(value)

    def as_csv(self) -> str:
        text = io.StringIO()
        writer = csv.writer(text)
        seconds = [
            f"{name} (seconds)" if number in self.durations else name for number, name in enumerate(self.columns)
        ]
        writer.writerow(seconds)
        writer.writerows([export.neutral(cell) for cell in row] for row in self.rows)
        return text.getvalue()


def dates(summary: Summary, period: Period, length: str) -> list[str]:
    return [label(span.start, period, length) for span in summary.spans]


def label(start: datetime, period: Period, length: str) -> str:
    return start.astimezone(period.zone).strftime(DATES[length])


def of_incidents(summary: Summary, labels: list[str]) -> Sheet:
    rows = []
    for date, bucket in zip(labels, summary.buckets, strict=True):
        counts = [bucket.get(severity, Figures()).count for severity in Severity.values]
        waiting = sum(figures.count - figures.resolved for figures in bucket.values())
        rows.append([date, sum(counts), *counts, waiting])
    return Sheet("incidents", "Incidents", ("Created", "Incidents", *Severity.values, "Not resolved"), rows)


def of_times(name: str, summary: Summary, labels: list[str]) -> Sheet:
    """`name` is acknowledge or resolve."""
    rows = []
    for date, bucket in zip(labels, summary.buckets, strict=True):
        times: Times = getattr(altogether(bucket.values()), f"to_{name}")
        rows.append([date, times.count, *times.summed_up(QUANTILES, is_exact=summary.source.is_exact)])
    columns = ("Created", f"{name.capitalize()}d", "Mean", "Median", "90th percentile")
    return Sheet(name, f"Time to {name}", columns, rows, frozenset({2, 3, 4}))


def of_hours(hours: list[list[int]]) -> Sheet:
    columns = ("Day", *(f"{hour:02}:00" for hour in range(24)))
    rows = [[day, *counts] for day, counts in zip(WEEKDAYS, hours, strict=True)]
    return Sheet("hours", "Busiest hours", columns, rows)


def of_people(name: str, title: str, nobody: str, people: People) -> Sheet:
    users = User.objects.only("id", "name", "email").in_bulk([pk for pk, _ in people.top if pk != NOBODY])
    rows = [[*named(pk, users, nobody), *counted(figures)] for pk, figures in people.top]
    if people.count_of_rest:
        rows.append([f"{people.count_of_rest} others", "", *counted(people.rest)])
    return Sheet(name, title, ("Person", "E-mail", *PEOPLE_COLUMNS), rows, frozenset({4, 5}))


def named(pk: UUID, users: dict[UUID, User], nobody: str) -> tuple[str, str]:
    user = users.get(pk)
    return (user.name, user.email) if user else (nobody, "")


def counted(figures: Figures) -> list[Any]:
    times = (figures.to_acknowledge, figures.to_resolve)
    means = [times_.total / times_.count / 1e6 if times_.count else None for times_ in times]
    return [figures.count, figures.count - figures.resolved, *means, figures.unacknowledged]
