"""Which methods a route knows."""

import pytest

from core import callers
from users import authentication
from users.api import UserViewSet


@pytest.fixture
def unused_view():
    """A route that has not answered yet: DRF gives it HEAD only when it first runs."""
    return UserViewSet.as_view({"get": "list", "post": "create"})


def test_a_route_knows_head_before_it_has_ever_run(unused_view):
    methods = authentication.methods_of(unused_view)

    assert methods == {"GET", "HEAD", "OPTIONS", "POST"}


def test_head_asks_of_its_caller_what_get_asks(unused_view):
    access = authentication.access_of(unused_view, "HEAD")

    assert access is callers.READ
