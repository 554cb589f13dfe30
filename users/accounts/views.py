"""The pages of log-in and log-out, and those that a one-time link leads to."""

from typing import Any

from allauth.account import views
from allauth.account.internal import flows
from allauth.account.models import Login
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.generic import FormView

from core.errors import Invalid
from core.exception_handler import respond
from users import credentials, links, lockout
from users.accounts import adapters
from users.accounts.forms import NewPasswordForm, ResetForm
from users.credentials import LinkEnded
from users.links import Purpose

LINK = "one_time_link"
LONGEST_LINK = 500


class LoginView(views.LoginView):  # type: ignore[misc]  # allauth has no types
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        single_sign_on = settings.OIDC_NAME if settings.OIDC_ISSUER else None
        return {**super().get_context_data(**kwargs), "single_sign_on": single_sign_on}


class ResetView(FormView):  # type: ignore[type-arg]  # not generic when it runs
    template_name = "account/reset.html"
    form_class = ResetForm

    def form_valid(self, form: ResetForm) -> HttpResponse:
        email: str = form.cleaned_data["email"]
        if lockout.is_locked(self.request, credentials.reset_of(email)):
            return adapters.locked(self.request, credentials.reset_of(email))
        credentials.request_reset(self.request, email)
        return HttpResponseRedirect(reverse("account_reset_password_done"))


class LinkView(FormView):  # type: ignore[type-arg]  # not generic when it runs
    """Sets the password of whom a link stands for, and logs them in. The link moves into the session at once: an
    address is shown, kept and passed on."""

    template_name = "account/new_password.html"
    form_class = NewPasswordForm
    purpose = Purpose.RESET

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if "token" in request.GET:
            request.session[LINK] = request.GET["token"][:LONGEST_LINK]
            return HttpResponseRedirect(request.path)
        self.link = str(request.session.get(LINK, ""))
        self.owner = links.owner(self.link, self.purpose)
        if self.owner is None:
            return ended(request, self.purpose)
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "owner": self.owner, "purpose": self.purpose}

    def form_valid(self, form: NewPasswordForm) -> HttpResponse:
        try:
            user = credentials.set_password(self.link, self.purpose, form.cleaned_data["password"])
        except Invalid as error:
            form.add_error("password", error.details["password"])
            return self.form_invalid(form)
        except LinkEnded:
            return ended(self.request, self.purpose)
        del self.request.session[LINK]
        if self.request.user.is_authenticated:
            flows.logout.logout(self.request, show_message=False)
        flows.login.record_authentication(self.request, user, method="password_reset")
        response: HttpResponse = flows.login.perform_login(self.request, Login(user=user))
        return response


def ended(request: HttpRequest, purpose: Purpose) -> HttpResponse:
    if purpose == Purpose.INVITATION:
        return respond(request, LinkEnded("This invitation has ended, or was used. Ask who invited you for another."))
    return render(
        request, "account/reset.html", {"form": ResetForm(), "ended": LinkEnded.message}, status=LinkEnded.status
    )
