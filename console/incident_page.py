"""One incident, and the form that opens a new one."""

import uuid

from django.http import HttpResponse
from django.shortcuts import render

from console.access import page
from core.callers import READ, WRITE, CalledRequest
from incidents.errors import IncidentNotFound
from incidents.models import Incident


@page(GET=READ)
def show(request: CalledRequest, pk: uuid.UUID) -> HttpResponse:
    incident = Incident.objects.filter(pk=pk).first()
    if incident is None:
        raise IncidentNotFound
    return render(request, "console/incident.html", {"incident": incident})


@page(GET=WRITE)
def new(request: CalledRequest) -> HttpResponse:
    return render(request, "console/new_incident.html")
