"""The page of somebody who has spent a budget: it says when they can go on, and keeps what they have typed."""

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.rate_limits import RateLimitExceeded

OF_CSRF = "csrfmiddlewaretoken"
PASSWORDS = re.compile("password|^current$", re.IGNORECASE)
SHOWN = 60  # characters; what is longer was written, and may be wanted elsewhere


def show(request: HttpRequest, error: RateLimitExceeded) -> HttpResponse:
    fields = [(name, value) for name, values in request.POST.lists() for value in values if name != OF_CSRF]
    context = {
        "error": error,
        "path": request.get_full_path(),
        "written": [field for field in fields if is_written(field[1])],
        "hidden": [field for field in fields if not is_written(field[1])],
        "is_kept": request.method == "POST" and not any(PASSWORDS.search(name) for name, _ in fields),
    }
    response = render(request, "console/over_limit.html", context, status=error.status)
    for name, value in error.headers.items():
        response.headers[name] = value
    return response


def is_written(value: str) -> bool:
    return len(value) > SHOWN or "\n" in value
