"""What became of the incidents of a period: charts, each with its table, and that as a file."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from console import analytics_charts as charts
from console import analytics_sheets as sheets
from console.access import page
from console.analytics_sheets import Sheet
from console.templatetags.console import duration
from core import clock
from core.callers import READ, CalledRequest
from core.errors import Invalid, NotFound
from incidents import analytics_query
from incidents.analytics import breakdown
from incidents.analytics.summary import Source, Summary, altogether, source_of, summary
from incidents.analytics.tallies import DAYS
from incidents.analytics_query import Asked
from incidents.models import Severity, Tally
from users.models import User

PERIODS = {"7": "7 days", "30": "30 days", "90": "90 days", "365": "365 days"}
FIELDS = ("from", "to", "bucket", "tz", "assignee", "creator")
PEOPLE = {
    "assignees": (Tally.Kind.ASSIGNEE, "By assignee", "Nobody"),
    "creators": (Tally.Kind.CREATOR, "By creator", "An anonymous caller"),
}


@page(GET=READ)
def show(request: CalledRequest) -> HttpResponse:
    context = form_context(request)
    try:
        context |= found(asked(request))
    except Invalid as error:
        return render(request, "console/analytics.html", context | {"errors": error.details}, status=400)
    return render(request, "console/analytics.html", context)


@page(GET=READ)
def download(request: CalledRequest) -> HttpResponse:
    """The table that `table` names, of the page with the same filters."""
    table = request.GET.get("table", "incidents")
    made = SHEETS.get(table)
    sheet = made(asked(request)) if made else None
    if sheet is None:
        raise NotFound
    response = HttpResponse(sheet.as_csv(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{table}.csv"'
    return response


def asked(request: CalledRequest) -> Asked:
    """As the API reads it; a form sends its empty fields too, and how many days."""
    sent = QueryDict(mutable=True)
    for name, values in request.GET.lists():
        if name not in ("days", "table") and any(values):
            sent.setlist(name, [value for value in values if value])
    days = request.GET.get("days") or "30"
    if days not in PERIODS:
        raise Invalid.field("days", f"Write one of {', '.join(PERIODS)}.")
    request.GET = sent  # type: ignore[assignment]  # which the API's own reader reads
    zone = analytics_query.zone_of(request, request.caller)  # type: ignore[arg-type]  # admitted
    if not {"from", "to"} & set(sent):
        today = clock.now().astimezone(zone).date()
        sent["from"] = clock.rfc3339(clock.midnight(today - timedelta(days=int(days) - 1), zone))
    if "bucket" not in sent:
        sent["bucket"] = fitting(analytics_query.period_of(request, zone))
    return analytics_query.asked(request, request.caller)  # type: ignore[arg-type]  # admitted


def fitting(period: Any) -> str:
    days = (period.end - period.start) / DAYS
    return "day" if days <= 93 else "week" if days <= 733 else "month"


def found(asked: Asked) -> dict[str, Any]:
    now, before = summary(asked.period, asked.bucket, asked.of), summary(asked.period.before(), "month", asked.of)
    labels = sheets.dates(now, asked.period, asked.bucket)
    incidents = sheets.of_incidents(now, labels)
    times = [sheets.of_times(name, now, labels) for name in ("acknowledge", "resolve")]
    hours = breakdown.by_hour(now.source, asked.period, asked.of)
    return {
        "asked": asked,
        "source": now.source,
        "is_empty": not any(row[1] for row in incidents.rows),
        "numbers": numbers(now, before),
        "incidents": incidents,
        "bars": charts.stacked(titles(incidents), Severity.values, [row[2:5] for row in incidents.rows]),
        "times": [(sheet, charts.timed(titles(sheet), [(row[3], row[4]) for row in sheet.rows])) for sheet in times],
        "hours": sheets.of_hours(hours),
        "heat": heat(hours),
        "people": [
            (sheet, charts.shares([(row[0], row[2]) for row in sheet.rows])) for sheet in by_people(asked, now.source)
        ],
        "longest": breakdown.longest_open(asked.of),
    }


def titles(sheet: Sheet) -> list[str]:
    return [", ".join([row[0], *map(" ".join, zip(row[1:], sheet.columns[1:], strict=True))]) for row in sheet.shown()]


def heat(hours: list[list[int]]) -> list[tuple[str, list[tuple[int, int]]]]:
    """(day, [(count, level)…])."""
    return [
        (day, list(zip(row, levels, strict=True)))
        for day, row, levels in zip(sheets.WEEKDAYS, hours, charts.levels(hours), strict=True)
    ]


def people_of(name: str, asked: Asked, source: Source | None = None) -> Sheet | None:
    kind, title, nobody = PEOPLE[name]
    source = source or source_of(asked.period, asked.of)
    people = breakdown.by_person(source, asked.period, asked.of, kind)
    return sheets.of_people(name, title, nobody, people) if people else None


def by_people(asked: Asked, source: Source) -> list[Sheet]:
    return list(filter(None, (people_of(name, asked, source) for name in PEOPLE)))


def numbers(now: Summary, before: Summary) -> list[dict[str, Any]]:
    """The figures of the whole period, each beside that of the period before."""
    rows = zip(whole(now), whole(before), strict=True)
    return [
        {"name": name, "value": shown(value), "before": shown(old), "change": change(value, old)}
        for (name, value, shown), (_, old, _) in rows
    ]


def whole(found: Summary) -> list[tuple[str, Any, Callable[[Any], str]]]:
    figures = altogether(part for bucket in found.buckets for part in bucket.values())
    quantiles = [
        times.summed_up(sheets.QUANTILES, is_exact=found.source.is_exact)
        for times in (figures.to_acknowledge, figures.to_resolve)
    ]
    return [
        ("Incidents", figures.count, "{:,}".format),
        ("Median time to acknowledge", quantiles[0][1], duration),
        ("90th percentile to acknowledge", quantiles[0][2], duration),
        ("Median time to resolve", quantiles[1][1], duration),
        ("90th percentile to resolve", quantiles[1][2], duration),
        ("Resolved without acknowledgement", figures.unacknowledged, "{:,}".format),
    ]


def change(value: float | None, before: float | None) -> str:
    """Nothing where a share of what was says less than the two numbers."""
    if value is None or not before or value >= 10 * before:
        return ""
    percent = round((value / before - 1) * 100)
    return f"{abs(percent):,} % {'more' if percent > 0 else 'less'} than" if percent else "as much as"


def form_context(request: CalledRequest) -> dict[str, Any]:
    sent = request.GET
    return {
        "query": sent.urlencode(),
        "periods": PERIODS,
        "days": sent.get("days") or "30",
        "buckets": ("day", "week", "month"),
        "severities": [(severity, severity in sent.getlist("severity")) for severity in Severity],
        "chosen": {name: sent.get(name, "") for name in FIELDS},
        "persons": list(User.objects.first_by_name()),
    }


def of_buckets(make: Callable[[Summary, list[str]], Sheet]) -> Callable[[Asked], Sheet]:
    def made(asked: Asked) -> Sheet:
        now = summary(asked.period, asked.bucket, asked.of)
        return make(now, sheets.dates(now, asked.period, asked.bucket))

    return made


def hours_of(asked: Asked) -> Sheet:
    source = source_of(asked.period, asked.of)
    return sheets.of_hours(breakdown.by_hour(source, asked.period, asked.of))


SHEETS: dict[str, Callable[[Asked], Sheet | None]] = {
    "incidents": of_buckets(sheets.of_incidents),
    "acknowledge": of_buckets(lambda now, labels: sheets.of_times("acknowledge", now, labels)),
    "resolve": of_buckets(lambda now, labels: sheets.of_times("resolve", now, labels)),
    "hours": hours_of,
    "assignees": lambda asked: people_of("assignees", asked),
    "creators": lambda asked: people_of("creators", asked),
}
