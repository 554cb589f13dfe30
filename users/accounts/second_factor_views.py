"""The pages where people set up, use and remove their second factors: allauth's, with our services behind them."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.mfa.base import views as base
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal import auth
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.decorators import method_decorator

from users import second_factors


class IndexView(base.IndexView):  # type: ignore[misc]  # allauth has no types
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        missing = second_factors.is_missing(self.request.user)
        return {**super().get_context_data(**kwargs), "is_required": missing}


class AddTotpView(totp.ActivateTOTPView):  # type: ignore[misc]  # allauth has no types
    def form_valid(self, form: Any) -> HttpResponse:
        self.did_generate_recovery_codes = second_factors.add_totp(self.request, form)
        return HttpResponseRedirect(self.get_success_url())


class RemoveTotpView(totp.DeactivateTOTPView):  # type: ignore[misc]  # allauth has no types
    def form_valid(self, form: Any) -> HttpResponse:
        second_factors.remove(self.request, self.authenticator)
        return HttpResponseRedirect(self.get_success_url())


class AddPasskeyView(webauthn.AddWebAuthnView):  # type: ignore[misc]  # allauth has no types
    def form_valid(self, form: Any) -> HttpResponse:
        given = form.cleaned_data
        self.did_generate_recovery_codes = second_factors.add_passkey(
            self.request, name=given["name"][:100], credential=given["credential"]
        )
        return HttpResponseRedirect(self.get_success_url())


class RemovePasskeyView(webauthn.RemoveWebAuthnView):  # type: ignore[misc]  # allauth has no types
    def form_valid(self, form: Any) -> HttpResponse:
        second_factors.remove(self.request, self.get_object())
        return HttpResponseRedirect(self.get_success_url())


class PasskeyLoginView(webauthn.LoginWebAuthnView):  # type: ignore[misc]  # allauth has no types
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What the browser is to sign."""
        return JsonResponse({"request_options": auth.begin_authentication(user=None)})


@method_decorator(reauthentication_required(app="allauth.mfa"), name="dispatch")
class NewRecoveryCodesView(recovery.GenerateRecoveryCodesView):  # type: ignore[misc]  # allauth has no types
    def form_valid(self, form: Any) -> HttpResponse:
        second_factors.make_recovery_codes(self.request)
        return HttpResponseRedirect(self.get_success_url())
