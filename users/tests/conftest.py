"""What the tests of people and tokens share."""

from collections.abc import Callable
from typing import Any

import pytest

from core.tests.conftest import at_once, log_text  # noqa: F401  fixtures
from users import services
from users.models import AuditEntry, User


@pytest.fixture
def colleague(db: None) -> Callable[..., User]:
    """`colleague("Kim", role="admin")` is one more person."""

    def make(name: str = "Kim", **fields: Any) -> User:
        email = f"{name.lower()}@example.com"
        return services.create_user(**{"email": email, "name": name, "actor": None, **fields})

    return make


PASSWORD = "correct horse battery"
LOGIN = "/account/login"


@pytest.fixture
def kim(colleague: Callable[..., User]) -> User:
    """A responder who can log in, with PASSWORD."""
    return colleague("Kim", password=PASSWORD)


def log_in(browser: Any, email: str = "kim@example.com", password: str = PASSWORD, **more: str) -> Any:
    return browser.post(LOGIN, {"login": email, "password": password, **more})


def is_in(browser: Any) -> bool:
    return browser.get("/profile").status_code == 200


def refused(response: Any, status: int, code: str, *fields: str) -> bool:
    """An error of the contract's shape, with exactly these fields in its details."""
    body = response.json()
    assert set(body) == {"code", "message", "request_id", "details"}, body
    assert body["request_id"] == response["X-Request-ID"]
    told = (response.status_code, body["code"], set(body["details"]))
    assert told == (status, code, set(fields)), body
    return True


def unauthenticated(response: Any) -> bool:
    return refused(response, 401, "NOT_AUTHENTICATED") and response["WWW-Authenticate"] == "Bearer"


def forbidden(response: Any) -> bool:
    return refused(response, 403, "PERMISSION_DENIED")


def invalid(response: Any, *fields: str) -> bool:
    return refused(response, 400, "VALIDATION_ERROR", *fields)


def entries(action: str | None = None) -> list[AuditEntry]:
    """What the audit log holds, oldest first."""
    rows = AuditEntry.objects.order_by("created_at", "id")
    return list(rows.filter(action=action) if action else rows)
