"""What needs somebody now."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render

from console import charts
from console.access import page
from core.callers import READ, CalledRequest
from incidents import board, times
from incidents.models import Severity, Status


@page(GET=READ)
def show(request: CalledRequest) -> HttpResponse:
    parts = board.lists(request.user.pk)  # type: ignore[arg-type]  # admitted
    days = times.last_days()
    context = {
        "parts": parts,
        "counts": counted(board.counts()),
        "charts": charts.of_times(days),
        "uncounted": list(days.values()).count(None),
    }
    return render(request, "console/dashboard.html", context)


@page(GET=READ)
def urgent(request: CalledRequest) -> HttpResponse:
    """For the titles of the browser's tabs."""
    return JsonResponse({"open_p1": board.count(Status.OPEN, Severity.P1)})


def counted(found: dict[tuple[str, str], int]) -> list[dict[str, Any]]:
    return [
        {"severity": severity, "open": capped(found[Status.OPEN, severity]), "ack": capped(found[Status.ACK, severity])}
        for severity in Severity.values
    ]


def capped(count: int) -> str:
    return f"{board.CAP:,}+" if count > board.CAP else f"{count:,}"
