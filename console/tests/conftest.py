"""Browsers of the named cast."""

from collections.abc import Callable

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
