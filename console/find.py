"""What the command palette finds."""

import re
from collections.abc import Iterable
from itertools import chain

from django.http import HttpResponse
from django.shortcuts import render

from console.access import page
from core.callers import READ, CalledRequest
from incidents.filters import Wanted
from incidents.models import Incident
from incidents.query_language import NotUnderstood, Query, parse, plain, while_typed

NUMBER = re.compile(r"#?([0-9]{1,18})")
MOST = 8
LONGEST = 200


@page(GET=READ)
def show(request: CalledRequest) -> HttpResponse:
    """A fragment: the incident that has this number, and then the newest whose words match."""
    words = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST]
    return render(request, "console/found.html", {"incidents": found(request, words), "words": words})


def found(request: CalledRequest, words: str) -> list[Incident]:
    if not words:
        return []
    rows = Incident.objects.for_board()
    number = NUMBER.fullmatch(words)
    numbered = rows.filter(number=int(number[1])) if number else ()
    return list({incident.pk: incident for incident in chain(numbered, matching(request, words))}.values())[:MOST]


def matching(request: CalledRequest, words: str) -> Iterable[Incident]:
    """With operators as in the list; what is not understood finds nothing, since it is still being typed."""
    try:
        query = Query(text=plain(words)) if NUMBER.fullmatch(words) else while_typed(parse(words))
        rows = Wanted(request, request.caller, query).rows()  # type: ignore[arg-type]  # admitted
    except NotUnderstood:
        return ()
    return rows.for_board().order_by("-created_at", "-id")[:MOST]
