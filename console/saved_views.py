"""A person's own views of the list."""

import uuid

from django.http import HttpResponse, QueryDict

from console import forms
from console.access import page
from console.incident_list import query_of, spelt
from core.callers import SELF_WRITE, CalledRequest
from users import saved_views


@page(POST=SELF_WRITE)
def save(request: CalledRequest) -> HttpResponse:
    query = query_of(spelt(QueryDict(request.POST.get("query", ""))))
    view = saved_views.keep(request.user, name=request.POST.get("name", ""), query=query)  # type: ignore[arg-type]  # admitted
    return forms.done(request, f"The view “{view.name}” is saved.", f"/incidents?{query}" if query else "/incidents")


@page(POST=SELF_WRITE)
def delete(request: CalledRequest, pk: uuid.UUID) -> HttpResponse:
    saved_views.delete(request.user, pk)  # type: ignore[arg-type]  # admitted
    return forms.done(request, "The view is deleted.", "/incidents")
