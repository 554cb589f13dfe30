"""The figures of a period: of the incidents themselves while these are few, else of the tallies and of what these do
not know yet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from core import clock
from incidents.analytics import tallies
from incidents.analytics.figures import (
    BIN,
    EXACT,
    MEASURED,
    NOT_AT_ALL,
    Figures,
    of_incidents,
    of_tallies,
)
from incidents.analytics.period import Period, Span, Stretch, stretches
from incidents.models import Severity, Tally, TallyState

# Up to here everything is exact.
FEW = 50_000
# So many changes since the last count are looked up; after more of them, an import for example, it is waited for.
MOST_CHANGES = 2000

ROWS = """
SELECT created_by_id, assignee_id, created_at, {measured} FROM incidents_incident
WHERE created_at >= {first} AND created_at < {after} {conditions}"""
EXACTLY = f"""
SELECT width_bucket(created_at, %(starts)s::timestamptz[]) - 1, {{by}}, {{figures}}
FROM ({ROWS.format(first="%(start)s", after="%(end)s", measured=MEASURED, conditions="{conditions}")}) AS measured
GROUP BY 1, 2
"""  # noqa: S608  put together from constants
RANGES = "unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[], %(days)s::boolean[], %(buckets)s::integer[])"
INCIDENTS = f"""
SELECT bucket, found.* FROM {RANGES} AS wanted (first, after, of_day, bucket)
CROSS JOIN LATERAL (
    SELECT {{by}}, {{figures}}
    FROM ({ROWS.format(first="first", after="after", measured=MEASURED, conditions="{conditions}")}) AS measured
    GROUP BY 1) AS found
"""  # noqa: S608  put together from constants
TALLIES = f"""
SELECT bucket, found.* FROM {RANGES} AS wanted (first, after, of_day, bucket)
CROSS JOIN LATERAL (
    SELECT {{by}}, {{figures}} FROM incidents_tally
    WHERE is_day = of_day AND at >= first AND at < after {{conditions}}
    GROUP BY 1) AS found
"""  # noqa: S608  put together from constants
ARE_FEW = """
SELECT NOT EXISTS (SELECT FROM incidents_incident
    WHERE created_at >= %(start)s AND created_at < %(end)s {conditions} ORDER BY created_at OFFSET %(few)s)
"""


@dataclass(frozen=True, slots=True)
class Of:
    """Which incidents: of these severities, and of this creator and this assignee, of whom tallies.NOBODY is one."""

    severities: tuple[str, ...] = ()
    creator: UUID | None = None
    assignee: UUID | None = None

    @property
    def kind(self) -> Tally.Kind:
        if self.assignee:
            return Tally.Kind.ASSIGNEE
        return Tally.Kind.CREATOR if self.creator else Tally.Kind.EVERYBODY

    @property
    def is_tallied(self) -> bool:
        return not (self.assignee and self.creator)

    # The values stand in the texts: a plan that is kept for any person would be a bad one for some.
    def of_incidents(self) -> str:
        people = {"created_by_id": self.creator, "assignee_id": self.assignee}
        said = [
            f"AND {column} IS NULL" if who == tallies.NOBODY else f"AND {column} = '{who}'"
            for column, who in people.items()
            if who
        ]
        return " ".join([*said, self.of_severities()])

    def of_tallies(self, kind: Tally.Kind | None) -> str:
        """Of everybody whom those of a `kind` are about, or of the person asked for."""
        if kind is not None:
            return f"AND kind = {kind.value} {self.of_severities()}"
        return f"AND kind = {self.kind.value} AND person = '{self.person}' {self.of_severities()}"

    @property
    def person(self) -> UUID:
        return self.assignee or self.creator or tallies.NOBODY

    def of_severities(self) -> str:
        return f"AND severity IN ({', '.join(map(repr, self.severities))})" if self.severities else ""


class Source(NamedTuple):
    """Where the figures of a period come from: from tallies and what these do not know yet, or from incidents alone."""

    is_exact: bool
    as_of: datetime
    is_tallied: bool = False
    changed: frozenset[datetime] = frozenset()  # quarters of an hour that have changed since they were counted


class By(NamedTuple):
    """What figures are grouped by, in either table; and how much of them is wanted, and of which tallies."""

    incidents: str
    tallies: str
    has_quantiles: bool = False
    has_days: bool = True
    kind: Tally.Kind | None = None


SEVERITY = By("severity", "severity", has_quantiles=True)


class Summary(NamedTuple):
    source: Source
    spans: list[Span]
    buckets: list[dict[str, Figures]]  # by severity


def summary(period: Period, length: str, of: Of) -> Summary:
    source, spans = source_of(period, of), period.buckets(length)
    buckets: list[dict[str, Figures]] = [{} for _ in spans]
    for bucket, severity, *row in rows(source, spans, of, SEVERITY):
        buckets[bucket].setdefault(severity, Figures()).add_row(row)
    return Summary(source, spans, buckets)


def totals(buckets: Iterable[dict[str, Figures]]) -> dict[str, Figures]:
    """By severity."""
    found: dict[str, Figures] = {severity: Figures() for severity in Severity.values}
    for bucket in buckets:
        for severity, figures in bucket.items():
            found[severity].add(figures)
    return found


def altogether(figures: Iterable[Figures]) -> Figures:
    found = Figures()
    for part in figures:
        found.add(part)
    return found


def source_of(period: Period, of: Of) -> Source:
    now, state = clock.now(), TallyState.objects.first()
    if state is None or not of.is_tallied:
        return Source(True, now)
    is_exact = are_few(period, of)
    position = tallies.position_of(state)
    changes = tallies.changes_after(position, MOST_CHANGES, statement=tallies.ALL_THAT_IS_SEEN)
    if len(changes) < MOST_CHANGES:
        return Source(is_exact, now, True, frozenset(quarter for _, quarter in changes if quarter))
    return Source(True, now) if is_exact else Source(False, state.counted_at, True)


def are_few(period: Period, of: Of, few: int | None = None) -> bool:
    text = ARE_FEW.format(conditions=of.of_incidents())
    return bool(fetched(text, start=period.start, end=period.end, few=FEW if few is None else few)[0][0])


def rows(source: Source, spans: Sequence[Span], of: Of, by: By) -> list[tuple[Any, ...]]:
    """(bucket, whatever it is `by`, figures): several for the same where they come from several places."""
    entry = (EXACT if source.is_exact else BIN) if by.has_quantiles else NOT_AT_ALL
    of_rows = {"by": by.incidents, "figures": of_incidents(entry), "conditions": of.of_incidents()}
    if not source.is_tallied:
        starts = [span.start for span in spans]
        return fetched(EXACTLY.format(**of_rows), starts=starts, start=spans[0].start, end=spans[-1].end)
    kept, changed = stretches(spans, source.changed, has_days=by.has_days)
    tallied = TALLIES.format(by=by.tallies, figures=of_tallies(entry), conditions=of.of_tallies(by.kind))
    return within(kept, tallied) + within(changed, INCIDENTS.format(**of_rows))


def within(wanted: list[Stretch], text: str) -> list[tuple[Any, ...]]:
    if not wanted:
        return []
    starts, ends, days, buckets = ([*column] for column in zip(*wanted, strict=True))
    return fetched(text, starts=starts, ends=ends, days=days, buckets=buckets)


def fetched(text: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        return list(cursor.fetchall())
