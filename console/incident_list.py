"""The list of incidents."""

from django.http import HttpResponse
from django.shortcuts import render

from console.access import page
from core.callers import READ, CalledRequest


@page(GET=READ)
def show(request: CalledRequest) -> HttpResponse:
    return render(request, "console/incidents.html")
