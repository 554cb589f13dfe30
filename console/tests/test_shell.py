"""What all pages share: the door, the frame, the viewer's theme and zone."""

from typing import Any

import pytest
from django.test import Client

from users import services


def browser_of(user: Any) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def test_the_log_in_leads_back_to_where_one_was(db: None) -> None:
    response = Client().get("/incidents?status=OPEN")

    assert response.status_code == 302
    assert response["Location"].endswith("?next=/incidents%3Fstatus%3DOPEN")


def test_a_fragment_asks_its_page_to_log_in(db: None) -> None:
    response = Client().get("/incidents", headers={"HX-Request": "true"})

    assert (response.status_code, response["HX-Refresh"]) == (204, "true")


def test_another_method_is_refused(ada: Any) -> None:
    response = browser_of(ada).delete("/incidents")

    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", ["/incidents/", "/profile/", "/incidents/0"])
def test_what_is_no_page_is_not_found(ada: Any, path: str) -> None:
    assert browser_of(ada).get(path).status_code == 404


def test_what_one_person_sees_is_kept_by_nobody(ada: Any) -> None:
    assert "no-store" in browser_of(ada).get("/")["Cache-Control"]


def test_a_name_is_text_on_every_page(ada: Any) -> None:
    services.edit_user(ada.pk, actor=None, name="<script>alert(1)</script>")

    page = browser_of(ada).get("/").content.decode()
    assert "&lt;script&gt;alert" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(("role", "is_shown"), [("admin", True), ("responder", True), ("viewer", False)])
def test_a_viewer_sees_no_button_that_would_be_refused(
    ada: Any, rui: Any, vera: Any, role: str, is_shown: bool
) -> None:
    person = {"admin": ada, "responder": rui, "viewer": vera}[role]

    assert ("/incidents/new" in browser_of(person).get("/").content.decode()) == is_shown
