"""What `check --deploy` says of who may come in."""

from collections.abc import Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def anonymous_role(app_configs: Sequence[AppConfig] | None, **_kwargs: object) -> list[CheckMessage]:
    if settings.API_ANONYMOUS_ROLE != "admin":
        return []
    return [Error("API_ANONYMOUS_ROLE=admin lets anybody manage the users and delete incidents.", id="users.E001")]
