"""Analytics over HTTP."""

from typing import Any

from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request

from core import views
from core.callers import READ
from core.clock import rfc3339
from core.openapi import words
from core.openapi.components import Component
from core.openapi.operation import Answer, Operation
from incidents import analytics_query
from incidents.analytics import summary
from incidents.analytics.figures import Figures, Times
from incidents.analytics.period import BUCKETS
from incidents.models import Severity, Status

QUANTILES = (0.5, 0.9)
COUNT = {"type": "integer", "minimum": 0}
SECONDS = words.nullable({"type": "number", "minimum": 0})
TIMES = Component(
    "Times",
    words.thing({"count": COUNT, "mean": SECONDS, "median": SECONDS, "p90": SECONDS}),
    example={"count": 40, "mean": 312.4, "median": 148.2, "p90": 689.3},
)
FIGURES = Component(
    "Figures",
    words.thing(
        {
            "incidents": COUNT,
            "by_status": words.thing({status.value: COUNT for status in Status}),
            "resolved_without_acknowledgement": COUNT,
            "time_to_acknowledge": TIMES,
            "time_to_resolve": TIMES,
        }
    ),
    example={
        "incidents": 44,
        "by_status": {"OPEN": 1, "ACK": 3, "RESOLVED": 40},
        "resolved_without_acknowledgement": 3,
        "time_to_acknowledge": TIMES.example,
        "time_to_resolve": TIMES.example | {"mean": 5212.5, "median": 3120.2, "p90": 14122.0},
    },
)
GROUPS = ("all", *Severity.values)
SECTION = dict.fromkeys(GROUPS, FIGURES)
EXAMPLE_SECTION = dict.fromkeys(GROUPS, FIGURES.example)
SPAN = {"from": "2026-11-22T23:00:00.000000Z", "to": "2026-11-23T23:00:00.000000Z"}
SUMMARY = Component(
    "AnalyticsSummary",
    words.thing(
        {
            "from": words.MOMENT,
            "to": words.MOMENT,
            "timezone": words.STRING,
            "bucket": words.choice(BUCKETS),
            "is_exact": words.BOOLEAN | {"description": "If not, each median and p90 is within 2 % of the exact one."},
            "as_of": words.MOMENT | {"description": "What happened later may not be in it yet."},
            "totals": words.thing(SECTION),
            "buckets": {
                "type": "array",
                "items": words.thing({"from": words.MOMENT, "to": words.MOMENT} | SECTION),
            },
        }
    ),
    example=SPAN
    | {"timezone": "Europe/Berlin", "bucket": "day", "is_exact": True, "as_of": "2026-11-24T09:00:00.000000Z"}
    | {"totals": EXAMPLE_SECTION, "buckets": [SPAN | EXAMPLE_SECTION]},
)


class AnalyticsViewSet(views.ApiViewSet):
    access = {"summary": READ}
    parameters = {"summary": analytics_query.PARAMETERS}
    operations = {
        "summary": Operation(
            "Summarise a period",
            {200: Answer("Altogether and in buckets, each for all and by severity.", SUMMARY)},
            "Of the incidents that were created in the period: how many there are and what became of them until now, "
            "and how many seconds it took from creation to acknowledge and to resolve those of which that is known. "
            "Counts and means are exact; of more than 50,000 incidents, median and 90th percentile are within 2 %. "
            "The first and the last bucket are cut off where the period begins and ends.",
        )
    }

    @action(detail=False, methods=["get"])
    def summary(self, request: Request) -> HttpResponse:
        asked = analytics_query.asked(request, self.caller)
        found = summary.summary(asked.period, asked.bucket, asked.of)
        return views.json(
            {
                **span(asked.period.start, asked.period.end),
                "timezone": str(asked.period.zone),
                "bucket": asked.bucket,
                "is_exact": found.source.is_exact,
                "as_of": rfc3339(found.source.as_of),
                "totals": section(summary.totals(found.buckets), found.source.is_exact),
                "buckets": [
                    span(*when) | section(bucket, found.source.is_exact)
                    for when, bucket in zip(found.spans, found.buckets, strict=True)
                ],
            }
        )


def span(start: Any, end: Any) -> dict[str, str]:
    return {"from": rfc3339(start), "to": rfc3339(end)}


def section(by_severity: dict[str, Figures], is_exact: bool) -> dict[str, Any]:
    groups = {"all": summary.altogether(by_severity.values()), **by_severity}
    return {name: figures(groups.get(name, Figures()), is_exact) for name in GROUPS}


def figures(found: Figures, is_exact: bool) -> dict[str, Any]:
    return {
        "incidents": found.count,
        "by_status": {"OPEN": found.open, "ACK": found.acknowledged, "RESOLVED": found.resolved},
        "resolved_without_acknowledgement": found.unacknowledged,
        "time_to_acknowledge": times(found.to_acknowledge, is_exact),
        "time_to_resolve": times(found.to_resolve, is_exact),
    }


def times(found: Times, is_exact: bool) -> dict[str, Any]:
    mean, median, p90 = found.summed_up(QUANTILES, is_exact=is_exact)
    return {"count": found.count, "mean": mean, "median": median, "p90": p90}
