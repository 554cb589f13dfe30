"""What is done before a process begins to serve, and what is said of settings that somebody may not have meant."""

import logging
from collections.abc import Iterator

from django.conf import settings
from django.urls import get_resolver
from django.utils.module_loading import import_string

from core import client_address, mail

logger = logging.getLogger(__name__)


def say() -> None:
    for level, sentence in remarks():
        logger.log(level, sentence)


def prepare() -> None:
    """Whatever must be so before anything is written; costs next to nothing where it is."""
    for path in settings.ON_START:
        import_string(path)()


def serve() -> None:
    """Once in each process that writes, after the fork."""
    for path in settings.ON_SERVE:
        import_string(path)()


def warm() -> None:
    """Before it accepts anybody: to load all views took ten times as long as the first request's own work, for which
    every thread of a newborn process then waited while others were refused."""
    get_resolver().url_patterns  # noqa: B018  loads them


def remarks() -> Iterator[tuple[int, str]]:
    if not settings.IS_HTTPS:
        yield logging.INFO, f"BASE_URL is {settings.BASE_URL}, not https: cookies are not Secure, and there is no HSTS."
    if client_address.is_anybody_trusted():
        yield logging.WARNING, "TRUSTED_PROXIES names everybody: any client may say which address it comes from."
    if not settings.RATE_LIMITS_ENABLED:
        yield logging.WARNING, "RATE_LIMITS_ENABLED=0: nobody is limited."
    if not mail.is_set_up():
        yield logging.WARNING, "EMAIL_URL is not set: nobody gets a mail, be it about an incident or a new password."
