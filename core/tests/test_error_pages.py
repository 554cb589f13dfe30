"""Outside of /v1 a person reads the error."""

import pytest
from django.test import Client, RequestFactory

from core import errors
from core.exception_handler import respond


@pytest.fixture
def browser(db) -> Client:
    return Client(raise_request_exception=False)


def check(response, status: int) -> str:
    """Assert what is the same for every page of an error; return its text."""
    text = response.content.decode()
    assert response.status_code == status
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert response["X-Request-ID"] in text
    return text


@pytest.mark.parametrize("path", ["/nothing", "/v2/incidents", "/v1incidents", "/health/", "/.env", "/%ff", "/a" * 500])
def test_a_page_that_is_none(browser, path):
    assert "There is nothing at this address." in check(browser.get(path), 404)


def test_what_the_address_says_is_not_part_of_the_page(browser):
    text = check(browser.get("/<b>from-the-path?q=from-the-query"), 404)

    assert "from-the" not in text


def test_a_request_id_of_the_client_is_escaped_or_replaced(browser):
    text = check(browser.get("/nothing", headers={"X-Request-ID": "<script>"}), 404)

    assert "<script" not in text


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"--x\r\nrubbish", "multipart/form-data; boundary=x", 200),
        (b"--x\r\nrubbish", "multipart/form-data; boundary=\x00", 400),
        (b"rubbish", "multipart/form-data", 400),
        (b"rubbish", "multipart/form-data; boundary=" + "x" * 300, 400),
        (b"a=" + b"x" * 1024 * 1024, "application/x-www-form-urlencoded", 413),
        (b"&".join(b"a%d=1" % n for n in range(2_000)), "application/x-www-form-urlencoded", 400),
        (b"username=%ff%00", "application/x-www-form-urlencoded; charset=bogus", 200),
    ],
)
def test_a_form_that_cannot_be_read(browser, body, content_type, status):
    response = browser.generic("POST", "/account/login", body, content_type)

    assert response.status_code == status
    if status != 200:  # the form again
        check(response, status)


def test_a_form_without_its_csrf_token(browser):
    browser.handler.enforce_csrf_checks = True

    page = check(browser.post("/account/login", {"login": "a", "password": "b"}), 403)

    assert "CSRF" in page
    assert "This happens when a page was open for long" in page  # and not that one needs another role


@pytest.mark.parametrize(
    ("error", "help_with_it"),
    [
        (errors.PermissionDenied(), "An administrator can change yours"),
        (errors.NotFound(), "may have been deleted"),
        (errors.InternalError(), "request id below"),
        (errors.ServiceUnavailable(), "tries again every ten seconds"),
        (errors.Invalid.field("name", "Write it."), "name: Write it."),
    ],
)
def test_a_page_of_an_error_says_how_to_go_on(error, help_with_it):
    page = respond(RequestFactory().get("/incidents"), error).content.decode()

    assert help_with_it in page
    assert 'href="/"' in page
    assert ("js/retry" in page) == (error.status == 503)
