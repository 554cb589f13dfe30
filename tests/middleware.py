"""The chain of middleware that test clients share: to build one for each of them took 2 % of the suite's CPU."""

import functools
from typing import Any

from django.conf import UserSettingsHolder, settings
from django.core.handlers.base import BaseHandler
from django.test.client import ClientHandler


@functools.cache
def chain() -> Any:
    handler = BaseHandler()
    handler.load_middleware()
    return handler._middleware_chain


def load(handler: ClientHandler, is_async: bool = False) -> None:
    """In the place of Django's. Where a test has changed a setting, its clients build what follows from that."""
    if isinstance(settings._wrapped, UserSettingsHolder):
        BaseHandler.load_middleware(handler, is_async)
    else:
        handler._middleware_chain = chain()
