"""The pages behind an account: profile, security, tokens; and for administrators people and the audit log."""

from django.http import HttpResponse
from django.shortcuts import render

from console.access import page
from core.callers import ADMIN, READ, CalledRequest


@page(GET=READ)
def profile(request: CalledRequest) -> HttpResponse:
    return render(request, "console/profile.html")


@page(GET=READ)
def security(request: CalledRequest) -> HttpResponse:
    return render(request, "console/security.html")


@page(GET=READ)
def tokens(request: CalledRequest) -> HttpResponse:
    return render(request, "console/tokens.html")


@page(GET=ADMIN)
def people(request: CalledRequest) -> HttpResponse:
    return render(request, "console/people.html")


@page(GET=ADMIN)
def audit(request: CalledRequest) -> HttpResponse:
    return render(request, "console/audit.html")
