"""What the command palette finds."""

import re
from itertools import chain

from django.http import HttpResponse
from django.shortcuts import render

from console.access import page
from core.callers import READ, CalledRequest
from incidents import search
from incidents.models import Incident

NUMBER = re.compile(r"#?([0-9]{1,18})")
MOST = 8
LONGEST = 200


@page(GET=READ)
def show(request: CalledRequest) -> HttpResponse:
    """A fragment: the incident that has this number, and then the newest whose words match."""
    words = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST]
    return render(request, "console/found.html", {"incidents": found(words), "words": words})


def found(words: str) -> list[Incident]:
    if not words:
        return []
    rows = Incident.objects.for_board()
    number = NUMBER.fullmatch(words)
    numbered = rows.filter(number=int(number[1])) if number else ()
    matching = rows.matching(search.query(words)).order_by("-created_at", "-id")[:MOST]
    return list({incident.pk: incident for incident in chain(numbered, matching)}.values())[:MOST]
