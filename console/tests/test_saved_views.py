"""Saved views: one's own filters under a name of one's own."""

from typing import Any

import pytest
from django.test import Client

from users import saved_views
from users.models import SavedView


def browser_of(user: Any) -> Client:
    found = Client()
    found.force_login(user)
    return found


@pytest.fixture
def browser(vera: Any) -> Client:
    return browser_of(vera)


def shown(browser: Client, query: str = "") -> list[tuple[str, bool]]:
    return [(view["name"], view["is_current"]) for view in browser.get(f"/incidents{query}").context["views"]]


def test_a_view_keeps_the_filters_and_leads_back_to_them(browser: Client) -> None:
    sent = {"name": " Mine, P1 ", "query": "status=OPEN&assignee=me&severity=P1&q=&cursor=x&limit=5"}

    response = browser.post("/views", sent)

    assert (response.status_code, response["Location"]) == (303, "/incidents?assignee=me&severity=P1&status=OPEN")
    assert ("Mine, P1", True) in shown(browser, "?severity=P1&status=OPEN&assignee=me")


def test_the_same_name_is_the_same_view(browser: Client, vera: Any) -> None:
    for query in ("status=OPEN", "status=ACK"):
        browser.post("/views", {"name": "Now", "query": query})

    assert [view.query for view in saved_views.of(vera)] == ["status=ACK"]


@pytest.mark.parametrize(
    "form", [{"name": ""}, {"name": "x" * 61}, {"name": "a\0b"}, {"name": "n", "query": "q=" + "x" * 2000}]
)
def test_what_does_not_fit_is_not_kept(browser: Client, form: dict[str, str]) -> None:
    assert browser.post("/views", form).status_code == 400
    assert not SavedView.objects.exists()


def test_there_is_an_end_of_views(browser: Client, vera: Any) -> None:
    for number in range(saved_views.MOST):
        saved_views.keep(vera, name=str(number), query="")

    assert browser.post("/views", {"name": "one more"}).status_code == 400
    assert browser.post("/views", {"name": "3"}).status_code == 303


def test_nobody_sees_or_deletes_what_is_anothers(browser: Client, vera: Any, rui: Any) -> None:
    view = saved_views.keep(vera, name="Hers", query="")

    assert "Hers" not in dict(shown(browser_of(rui)))
    assert browser_of(rui).post(f"/views/{view.pk}/delete").status_code == 404
    assert browser.post(f"/views/{view.pk}/delete").status_code == 303
    assert not SavedView.objects.exists()
