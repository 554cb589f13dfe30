"""Whoever must have a second factor sets one up before anything else."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from core.exception_handler import is_api
from users import second_factors

# The pages of log-in and of second factors themselves. The API has its own refusal.
OPEN = ("account_", "mfa_", "openid_connect_", "socialaccount_", "admin:login", "admin:logout")


class SecondFactorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not settings.REQUIRE_SECOND_FACTOR or is_api(request.path) or is_open(request):
            return None
        if request.user.is_authenticated and second_factors.is_missing(request.user):
            return HttpResponseRedirect(reverse("mfa_index"))
        return None


def is_open(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and (match.view_name or "").startswith(OPEN)
