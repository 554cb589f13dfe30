"""The forms of log-in, second factors and passwords."""

from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import EditWebAuthnForm
from django import forms

from users import lockout, second_factors
from users.accounts import adapters
from users.models import User
from users.serializers import STRONG

LONGEST_PASSWORD = 256


class LoginForm(AllauthLoginForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.EmailField(
            label="E-mail address",
            max_length=254,
            widget=forms.EmailInput(attrs={"autocomplete": "username webauthn", "autofocus": True}),
        )
        self.fields["password"] = forms.CharField(
            strip=False,
            max_length=LONGEST_PASSWORD,
            widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        )


def code_field() -> forms.CharField:
    attributes = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
    return forms.CharField(label="Code", max_length=20, widget=forms.TextInput(attrs=attributes))


class CodeForm(AuthenticateForm):  # type: ignore[misc]  # allauth has no types
    """A code of the authenticator, or a recovery code; wrong ones count with the wrong passwords."""

    code = code_field()

    def clean_code(self) -> str:
        return checked(self)


class ConfirmForm(ReauthenticateForm):  # type: ignore[misc]  # allauth has no types
    code = code_field()

    def clean_code(self) -> str:
        return checked(self)


def checked(form: Any) -> str:
    user: User = form.user
    if not lockout.begin(context.request, {"email": user.email}):
        raise ImmediateHttpResponse(adapters.locked(context.request, user.email))
    code: str = form.cleaned_data["code"]
    for factor in second_factors.of(user).exclude(type=Authenticator.Type.WEBAUTHN):
        if second_factors.accepts(factor, code):
            lockout.forgive(context.request, user.email)
            form.authenticator = factor
            return code
    lockout.fail(context.request, {"email": user.email})
    raise forms.ValidationError("This code is wrong, or was used already.")


class RenameForm(EditWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    name = forms.CharField(max_length=100)


class ResetForm(forms.Form):
    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )


class NewPasswordForm(forms.Form):
    password = forms.CharField(
        label="New password",
        strip=False,
        max_length=LONGEST_PASSWORD,
        help_text=STRONG,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "autofocus": True}),
    )
