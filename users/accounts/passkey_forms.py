"""What a browser says of a passkey, read strictly before fido2 reads it, to which a number stands for so many bytes."""

import struct
from collections.abc import Callable
from typing import Any

from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from allauth.mfa.webauthn.internal import auth
from django import forms

from core import parsers
from core.errors import Invalid

BINARY = ("clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle")
# What comes of bytes that are no CBOR, no key and no JSON; the library promises nothing.
UNREADABLE = (
    Invalid,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    struct.error,
)


class CredentialField(forms.Field):
    widget = forms.HiddenInput

    def __init__(self, parse: Callable[[Any], Any]) -> None:
        super().__init__()
        self.parse = parse

    def to_python(self, value: Any) -> dict[str, Any] | None:
        if value in self.empty_values:
            return None
        try:
            found = parsers.parse(value.encode())
            self.check(found)
        except UNREADABLE:
            raise forms.ValidationError("No passkey says so.") from None
        return found

    def check(self, found: dict[str, Any]) -> None:
        texts = [found["id"], found["rawId"], *(found["response"].get(name) or "" for name in BINARY)]
        if not all(isinstance(text, str) for text in texts):
            raise TypeError
        self.parse(found)


class AddForm(AddWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    credential = CredentialField(auth.parse_registration_response)


class CodeForm(AuthenticateWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    credential = CredentialField(auth.parse_authentication_response)


class LoginForm(LoginWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    credential = CredentialField(auth.parse_authentication_response)


class ConfirmForm(ReauthenticateWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    credential = CredentialField(auth.parse_authentication_response)
