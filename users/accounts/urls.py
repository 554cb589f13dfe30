"""The pages of accounts, under the names by which allauth knows them. There is none to sign up."""

from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.webauthn import views as webauthn
from django.contrib.auth.decorators import login_required
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

from users.accounts import second_factor_views as factors
from users.accounts import single_sign_on_views as single_sign_on
from users.accounts import views
from users.links import Purpose


def page(address: str, view: Any, name: str) -> Any:
    """Kept by nobody: these show secrets, or who somebody is."""
    return path(address, never_cache(view), name=name)


def own(address: str, view: Any, name: str) -> Any:
    return page(address, login_required(view), name)


urlpatterns = [
    page("login", views.LoginView.as_view(), "account_login"),
    page("login/code", mfa.authenticate, "mfa_authenticate"),
    page("login/passkey", factors.PasskeyLoginView.as_view(), "mfa_login_webauthn"),
    page("logout", account.logout, "account_logout"),
    page("reset", views.ResetView.as_view(), "account_reset_password"),
    page("reset/sent", TemplateView.as_view(template_name="account/reset_sent.html"), "account_reset_password_done"),
    page("reset/password", views.LinkView.as_view(), "account_reset_password_from_key"),
    page("invitation", views.LinkView.as_view(purpose=Purpose.INVITATION), "account_invitation"),
    own("confirm", account.reauthenticate, "account_reauthenticate"),
    own("confirm/code", mfa.reauthenticate, "mfa_reauthenticate"),
    own("confirm/passkey", webauthn.reauthenticate_webauthn, "mfa_reauthenticate_webauthn"),
    own("second-factors", factors.IndexView.as_view(), "mfa_index"),
    own("second-factors/authenticator", factors.AddTotpView.as_view(), "mfa_activate_totp"),
    own("second-factors/authenticator/remove", factors.RemoveTotpView.as_view(), "mfa_deactivate_totp"),
    own("second-factors/passkeys", factors.IndexView.as_view(), "mfa_list_webauthn"),
    own("second-factors/passkeys/add", factors.AddPasskeyView.as_view(), "mfa_add_webauthn"),
    own("second-factors/passkeys/<int:pk>/remove", factors.RemovePasskeyView.as_view(), "mfa_remove_webauthn"),
    own("second-factors/passkeys/<int:pk>/edit", webauthn.edit_webauthn, "mfa_edit_webauthn"),
    own("second-factors/recovery-codes", recovery.view_recovery_codes, "mfa_view_recovery_codes"),
    own("second-factors/recovery-codes/new", factors.NewRecoveryCodesView.as_view(), "mfa_generate_recovery_codes"),
    own("second-factors/recovery-codes/download", recovery.download_recovery_codes, "mfa_download_recovery_codes"),
    page("single-sign-on/cancelled", single_sign_on.cancelled, "socialaccount_login_cancelled"),
    page("single-sign-on/<slug:provider_id>", single_sign_on.leave, "openid_connect_login"),
    page("single-sign-on/<slug:provider_id>/callback", single_sign_on.callback, "openid_connect_callback"),
]
