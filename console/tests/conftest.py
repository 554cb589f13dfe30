"""Browsers of the named cast."""

import ipaddress
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from users.models import User


@pytest.fixture
def browser_of(db: None) -> Callable[[User], Client]:
    """`browser_of(rui)` is Rui's browser, logged in."""

    def make(user: User) -> Client:
        browser = Client()
        browser.force_login(user)
        return browser

    return make


@pytest.fixture
def browser(browser_of: Callable[[User], Client], rui: User) -> Client:
    """Rui's, unless a file says whose."""
    return browser_of(rui)


@pytest.fixture
def loopback(settings: Any) -> None:
    """Receivers of a test are on this machine."""
    settings.WEBHOOK_ALLOW_HTTP = True
    settings.WEBHOOK_ALLOW_CIDRS = [ipaddress.ip_network("127.0.0.0/8")]
