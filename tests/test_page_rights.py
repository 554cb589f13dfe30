"""Every page of the console, tried by every kind of visitor, against the table of who_may_call.py."""

from itertools import product
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.shortcuts import resolve_url
from django.test import Client

from tests.test_rights import person, undone
from tests.who_may_call import PAGES, ROLES, Page
from users import services, tokens

CONSOLE = {call: row for call, row in PAGES.items() if isinstance(row, Page)}
STRANGERS = ("nobody", "token", "leaver")


@pytest.fixture
def visitors(db: None, settings: Any) -> dict[str, Client]:
    """One browser for each role, and those whom no page lets in, on a service that is open to anybody by its API."""
    settings.API_ANONYMOUS_ROLE = "admin"
    found = {name: Client(raise_request_exception=False) for name in (*ROLES, *STRANGERS)}
    for role in ROLES:
        found[role].force_login(person(role, role))
    leaver = person("leaver", "admin")
    found["leaver"].force_login(leaver)
    services.edit_user(leaver.pk, actor=None, is_active=False)
    secret = tokens.issue_token(person("owner", "admin"), name="t", scope="admin", actor=None)[1]
    found["token"].defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    return found


def visit(browser: Client, call: str, incident: Any) -> Any:
    method, path = call.split(" ")
    return browser.generic(
        method, path.replace("<int:pk>", "1").format(pk=incident.pk), **form_of(CONSOLE[call], incident)
    )


def form_of(row: Page, incident: Any) -> dict[str, Any]:
    if row.form is None:
        return {}
    form = {name: incident.pk if value == "{pk}" else value for name, value in row.form.items()}
    body = "&".join(f"{name}={quote(str(value))}" for name, value in form.items())
    return {"data": body, "content_type": "application/x-www-form-urlencoded"}


def expected(row: Page, visitor: str) -> int:
    if visitor in STRANGERS:
        return 302
    return row.status if ROLES.index(visitor) >= ROLES.index(row.role) else 403


def sent_to_log_in(response: Any) -> bool:
    return response.status_code == 302 and response["Location"].startswith(f"{resolve_url(settings.LOGIN_URL)}?next=/")


def test_a_page_is_for_whom_the_table_says(visitors: dict[str, Client], incident: Any) -> None:
    surprises = {}

    for call, (name, browser) in product(CONSOLE, visitors.items()):
        with undone():
            response = visit(browser, call, incident)
        if response.status_code != expected(CONSOLE[call], name) or (
            name in STRANGERS and not sent_to_log_in(response)
        ):
            surprises[f"{name}: {call}"] = (response.status_code, response.headers.get("Location"))

    assert len(CONSOLE) > 30
    assert surprises == {}


def test_a_form_without_its_csrf_token_changes_nothing(ada: Any, incident: Any) -> None:
    forms = [call for call in CONSOLE if not call.startswith("GET ")]
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ada)

    assert len(forms) > 10
    assert {call: visit(browser, call, incident).status_code for call in forms} == dict.fromkeys(forms, 403)
