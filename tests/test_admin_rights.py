"""The admin site, page by page as the resolver knows them: administrators in a session get in, and nobody else."""

import re
from typing import Any

import pytest
from django.test import Client

from tests.test_rights import person, routes
from users import services, tokens

SOME_ID = "00000000-0000-7000-8000-000000000000"
DOOR = "/admin/login/"
OUT = ("/admin/logout/", "/admin/")


def filled(route: str) -> str:
    """A path that the route matches."""
    route = re.sub(r"<path:\w+>", SOME_ID, route)
    route = re.sub(r"\(\?P<app_label>(\w+)[^)]*\)", r"\1", route)
    return re.sub(r"\(\?P<url>.*?\)", "nothing-here", route).replace("^", "").replace("$", "")


def is_outside(path: str, leads_to: str) -> bool:
    """To the log-in; from an old address of a row to that of its form, which is tried too; out of a log-out."""
    return leads_to.startswith(DOOR) or leads_to == f"{path}change/" or (path, leads_to) == OUT


PATHS = sorted({filled(path) for path, _ in routes() if path.startswith("/admin/")} - {DOOR})


@pytest.fixture
def strangers(db: None, settings: Any) -> dict[str, tuple[Client, dict[str, str]]]:
    """Everybody who is no administrator in a session, as a browser and the headers that it sends."""
    settings.API_ANONYMOUS_ROLE = "admin"
    admin, leaver = person("Admin", "admin"), person("Leaver", "admin")
    token = tokens.issue_token(admin, name="t", scope="admin", actor=None)[1]
    browsers = {name: Client() for name in ("nobody", "admin's token", "viewer", "responder", "leaver")}
    for role in ("viewer", "responder"):
        browsers[role].force_login(person(role, role))
    browsers["leaver"].force_login(leaver)
    services.edit_user(leaver.pk, actor=None, is_active=False)
    headers = {"admin's token": {"Authorization": f"Bearer {token}"}}
    return {name: (browser, headers.get(name, {})) for name, browser in browsers.items()}


def test_the_resolver_was_read() -> None:
    assert len(PATHS) > 20
    assert {"/admin/", "/admin/users/user/", f"/admin/incidents/incident/{SOME_ID}/delete/"} <= set(PATHS)


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_but_an_administrator_gets_past_the_door(strangers: Any, method: str) -> None:
    got_in = {}
    for path in PATHS:
        for name, (browser, headers) in strangers.items():
            response = getattr(browser, method)(path, headers=headers)
            if response.status_code != 302 or not is_outside(path, response["Location"]):
                got_in[f"{name}: {path}"] = response.status_code

    assert got_in == {}


def test_an_administrator_does(db: None) -> None:
    browser = Client()
    browser.force_login(person("Admin", "admin"))

    sent_away = [path for path in PATHS if browser.get(path).headers.get("Location", "").startswith(DOOR)]

    assert sent_away == []
    assert browser.get("/admin/").status_code == 200
