"""The same incidents by other things: by hour of the week, by person; and which have been open longest."""

from typing import NamedTuple
from uuid import UUID

from incidents.analytics.figures import Figures
from incidents.analytics.period import Period, Span
from incidents.analytics.summary import By, Of, Source, altogether, are_few, rows
from incidents.analytics.tallies import NOBODY
from incidents.models import Incident, Status, Tally

TOP = 20
LONGEST = 10
# Incidents that lie all over the table, which are read one by one.
VERY_FEW = 5000
DAYS, HOURS, QUARTERS = 7, 24, 7 * 24 * 4
# The epoch began on a Thursday.
FIRST_OF_EPOCH = 3 * 24 * 4
OF_WEEK = f"(floor(extract(epoch FROM {{}}) / 900)::bigint %% {QUARTERS})::integer"
BY_HOUR = By(OF_WEEK.format("created_at"), OF_WEEK.format("at"), has_days=False)
BY_PERSON = {
    kind: By(f"coalesce({column}, '{NOBODY}')", "person", kind=kind)
    for kind, column in ((Tally.Kind.CREATOR, "created_by_id"), (Tally.Kind.ASSIGNEE, "assignee_id"))
}


def by_hour(source: Source, period: Period, of: Of) -> list[list[int]]:
    """How many were created in each hour of each day of the week, from Monday on, by the zone's clocks."""
    offsets = list(period.offsets())
    found = [[0] * HOURS for _ in range(DAYS)]
    for number, quarter, *row in rows(source, [span for span, _ in offsets], of, BY_HOUR):
        local = (quarter + FIRST_OF_EPOCH + offsets[number][1] // 900) % QUARTERS // 4
        found[local // HOURS][local % HOURS] += sum(row[:3])
    return found


class People(NamedTuple):
    top: list[tuple[UUID, Figures]]  # those with most incidents first; NOBODY among them
    rest: Figures
    count_of_rest: int


def by_person(source: Source, period: Period, of: Of, kind: Tally.Kind) -> People | None:
    """Without medians. None where tallies do not tell, and incidents are many: of one person's, by other people."""
    if source.is_tallied and of.kind not in (Tally.Kind.EVERYBODY, kind):
        if not are_few(period, of, VERY_FEW):
            return None
        source = Source(True, source.as_of)
    by = BY_PERSON[kind] if of.kind != kind else BY_PERSON[kind]._replace(kind=None)
    found: dict[UUID, Figures] = {}
    for _, person, *row in rows(source, [Span(period.start, period.end)], of, by):
        found.setdefault(person, Figures()).add_row(row)
    people = sorted(found.items(), key=lambda one: (-one[1].count, one[0]))
    rest = people[TOP:]
    return People(people[:TOP], altogether(figures for _, figures in rest), len(rest))


def longest_open(of: Of) -> list[Incident]:
    """Whenever they were created."""
    rows = Incident.objects.for_board()
    for name, who in (("created_by", of.creator), ("assignee", of.assignee)):
        if who:
            rows = rows.filter(**{name: None if who == NOBODY else who})
    if of.severities:
        rows = rows.filter(severity__in=of.severities)
    oldest = [rows.filter(status=status).order_by("created_at", "id")[:LONGEST] for status in (Status.OPEN, Status.ACK)]
    return sorted(oldest[0].union(oldest[1], all=True), key=lambda incident: (incident.created_at, incident.pk))[
        :LONGEST
    ]
