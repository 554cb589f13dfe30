"""What `check --deploy` says of our own settings."""

from collections.abc import Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register

from core import client_address


@register(Tags.security, deploy=True)
def limits(app_configs: Sequence[AppConfig] | None, **_kwargs: object) -> list[CheckMessage]:
    if settings.RATE_LIMITS_ENABLED:
        return []
    return [Warning("RATE_LIMITS_ENABLED=0 turns the limits off: it is meant for load tests.", id="core.W002")]


@register(Tags.security, deploy=True)
def proxies(app_configs: Sequence[AppConfig] | None, **_kwargs: object) -> list[CheckMessage]:
    if not client_address.is_anybody_trusted():
        return []
    return [Warning("TRUSTED_PROXIES names everybody: any client may say which address is its own.", id="core.W003")]
