"""Whether mails can leave at all."""

from django.conf import settings


def is_set_up() -> bool:
    """False in production without a server or a provider: then mails are dropped, and whoever drops one says so."""
    return not settings.EMAIL_BACKEND.endswith("dummy.EmailBackend")
