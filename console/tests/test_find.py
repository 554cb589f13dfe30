"""What the command palette finds, and the count of the tab's title."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from incidents import lifecycle, services
from users.models import User

Browsers = Callable[[User], Client]


def opened(title: str, actor: Any, severity: str = "P2") -> Any:
    return services.open_incident(title=title, severity=severity, actor=actor)


@pytest.mark.parametrize("before", ["", "#"])
def test_an_incident_is_found_by_its_number_before_those_by_words(browser_of: Browsers, vera: Any, before: str) -> None:
    incident = opened("Disk full", vera)
    other = opened(f"Like {incident.number}", vera)

    response = browser_of(vera).get("/find", {"q": f"{before}{incident.number}"})

    assert response.context["incidents"] == [incident, other]


def test_words_find_the_newest_first(browser_of: Browsers, vera: Any) -> None:
    incidents = [opened(f"Disk {number} full", vera) for number in range(10)]
    opened("Something else", vera)

    response = browser_of(vera).get("/find", {"q": "disk full"})

    assert response.context["incidents"] == incidents[:1:-1]


@pytest.mark.parametrize("words", ["", " ", "\0", "#", "9" * 400, "-disk", "'\"(&"])
def test_whatever_is_typed_gets_an_answer(browser_of: Browsers, vera: Any, words: str) -> None:
    assert browser_of(vera).get("/find", {"q": words}).status_code == 200


def test_a_title_is_text(browser_of: Browsers, vera: Any) -> None:
    opened("<script>alert(1)</script> here", vera)

    page = browser_of(vera).get("/find", {"q": "here"}).content.decode()

    assert "&lt;script&gt;" in page
    assert "<script" not in page


def test_open_p1s_are_counted(browser_of: Browsers, vera: Any) -> None:
    for severity in ("P1", "P1", "P2"):
        opened("Down", vera, severity)
    lifecycle.change_status(opened("Down", vera, "P1").pk, "ACK", actor=vera)

    assert browser_of(vera).get("/urgent").json() == {"open_p1": 2}


@pytest.mark.parametrize("path", ["/find?q=disk", "/urgent"])
def test_neither_takes_many_queries(
    browser_of: Browsers, vera: Any, django_assert_max_num_queries: Any, path: str
) -> None:
    opened("Disk full", vera)
    browser = browser_of(vera)

    with django_assert_max_num_queries(5):
        browser.get(path)
