"""What allauth asks of us: where a log-in may lead, who is locked out, which names and keys it uses."""

import logging
import re
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthError, AuthProcess
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from core import client_address, sealing
from core.errors import DomainError
from core.exception_handler import respond
from users import lockout, services, single_sign_on
from users.models import User

logger = logging.getLogger(__name__)
PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*", re.ASCII)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """A path of ours: what browsers would take for another host is none."""
        return bool(url and PATH.fullmatch(url))

    def is_ajax(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address.of(request.META) or "0.0.0.0"  # noqa: S104  # no address to listen on: a socket has none

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        user: User | None = super().authenticate(request, **credentials)
        if user is not None:
            lockout.forgive(request, user.email)
        return user

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        if getattr(request, "axes_locked_out", False):
            raise ImmediateHttpResponse(locked(request, credentials["email"]))

    def reauthenticate(self, user: User, password: str) -> bool:
        found = self.authenticate(context.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not of somebody who has just logged in."""
        records = get_authentication_records(context.request, context.request.user)
        return not records or time.time() - records[-1]["at"] > settings.ACCOUNT_REAUTHENTICATION_TIMEOUT

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        return HttpResponseRedirect(reverse("account_login"))

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        lockout.know_browser(response, user)
        return response

    def set_password(self, user: User, password: str) -> None:
        services.edit_user(user.pk, actor=user, password=password)


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    def get_totp_issuer(self) -> str:
        return f"Incidents ({settings.BASE_HOST})"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": settings.BASE_HOST, "name": "Incidents"}

    def encrypt(self, text: str) -> str:
        return sealing.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Raises sealing.Unreadable. What the version before this one writes during an upgrade is in clear."""
        return sealing.unseal(encrypted_text) if sealing.is_sealed(encrypted_text) else encrypted_text


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """The person whom the provider names logs in, whatever the way back was asked for."""
        sociallogin.state["process"] = AuthProcess.LOGIN
        try:
            sociallogin.user = single_sign_on.admit(sociallogin.account.uid, claims(sociallogin.account.extra_data))
        except DomainError as error:
            raise ImmediateHttpResponse(respond(request, error)) from None

    def on_authentication_error(self, request: HttpRequest, provider: Any, **kwargs: Any) -> None:
        if kwargs.get("error") == AuthError.CANCELLED:
            return
        cause = kwargs.get("exception")
        logger.warning("single_sign_on_failed", extra={"error": type(cause).__name__ if cause else kwargs.get("error")})
        page = render(request, "account/single_sign_on_failed.html", {"name": settings.OIDC_NAME}, status=401)
        raise ImmediateHttpResponse(page)

    def get_requests_session(self) -> Any:
        session = super().get_requests_session()
        session.trust_env = False
        session.max_redirects = 0
        return session


def claims(data: dict[str, Any]) -> dict[str, Any]:
    """Of the signed token, and what only the provider's user information has."""
    return {**data.get("userinfo", {}), **data.get("id_token", {})}


def locked(request: HttpRequest, email: str) -> HttpResponse:
    """The same for every address, whether somebody has it or not."""
    seconds = lockout.seconds_left(request, email)
    response = render(request, "account/locked.html", {"minutes": -(-seconds // 60), "seconds": seconds}, status=429)
    response.headers["Retry-After"] = str(seconds)
    return response
