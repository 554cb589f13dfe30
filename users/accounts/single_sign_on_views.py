"""The way to the provider of single sign-on, and back."""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.deferred import jwt
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from users import single_sign_on
from users.accounts.adapters import SocialAccountAdapter


class Adapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth has no types
    def get_provider(self) -> Any:
        provider = super().get_provider()
        provider.oauth2_adapter_class = Adapter
        return provider

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        path = reverse("openid_connect_callback", kwargs={"provider_id": self.provider_id})
        return f"{settings.BASE_URL}{path}"

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        """Always by the provider's keys. allauth remembers used tokens in the cache, which may be away; the code that
        this one came for works once, and for this session."""
        try:
            algorithm, key = jwtkit.fetch_key(id_token, self.openid_config["jwks_uri"], jwtkit.lookup_kid_jwk)
            decoded: dict[str, Any] = jwt.decode(
                id_token,
                key=key,
                algorithms=[algorithm],
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                options={"require": ["exp", "iat", "sub"]},
                leeway=60,
            )
        except (jwt.PyJWTError, KeyError) as error:
            raise OAuth2Error("Invalid id_token") from error
        return decoded


def adapter(request: HttpRequest, provider_id: str) -> Adapter:
    if provider_id != single_sign_on.PROVIDER or not settings.OIDC_ISSUER:
        raise Http404
    return Adapter(request, provider_id)


@require_POST
def leave(request: HttpRequest, provider_id: str) -> HttpResponse:
    """A page that goes on to the provider by itself: our policy lets no form lead to another host."""
    try:
        response: HttpResponse = OAuth2LoginView.adapter_view(adapter(request, provider_id))(request)
    except (OSError, ValueError, KeyError) as error:
        return failed(request, error)
    if response.status_code != 302:
        return response
    return render(request, "account/leaving.html", {"name": settings.OIDC_NAME, "url": response["Location"]})


@require_GET
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    try:
        response: HttpResponse = OAuth2CallbackView.adapter_view(adapter(request, provider_id))(request)
    except (OSError, ValueError, KeyError) as error:  # a provider that is away, or speaks no OpenID Connect
        return failed(request, error)
    return response


def failed(request: HttpRequest, error: Exception) -> HttpResponse:
    try:
        SocialAccountAdapter(request).on_authentication_error(request, None, exception=error)
    except ImmediateHttpResponse as answer:
        response: HttpResponse = answer.response
    return response


def cancelled(request: HttpRequest) -> HttpResponse:
    return render(request, "account/single_sign_on_failed.html", {"name": settings.OIDC_NAME, "is_cancelled": True})
