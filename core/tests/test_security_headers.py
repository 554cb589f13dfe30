"""What a browser is told to do with an answer, whoever made it."""

import pytest
from django.test import Client

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
ANSWERS = [
    ("/v1/users/me", "127.0.0.1", 200),
    ("/v1/nothing", "127.0.0.1", 404),
    ("/v1/incidents?x=1", "127.0.0.1", 400),
    ("/v1/incidents", "evil.example", 400),
]
PAGES = [("/account/login", "127.0.0.1", 200), ("/nothing", "127.0.0.1", 404), ("/nothing", "evil.example", 400)]


@pytest.mark.parametrize(("path", "host", "status"), ANSWERS)
def test_json_may_do_nothing_in_a_browser(as_user, rui, path, host, status):
    response = as_user(rui).get(path, Host=host)

    assert response.status_code == status
    assert {name: response.headers.get(name) for name in EVERYWHERE} == EVERYWHERE
    assert response["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert not response.cookies


@pytest.mark.parametrize(("path", "host", "status"), PAGES)
def test_a_page_may_load_what_is_ours_alone(db, path, host, status):
    response = Client().get(path, headers={"Host": host})
    policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))

    assert response.status_code == status
    assert {name: response.headers.get(name) for name in EVERYWHERE} == EVERYWHERE
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert "unsafe" not in response["Content-Security-Policy"]


def test_what_may_be_revalidated_says_so_and_to_whom_it_belongs(as_user, rui, incident):
    api = as_user(rui)
    for path in ("/v1/incidents", f"/v1/incidents/{incident.pk}", "/v1/users/me", "/v1/tokens"):
        response = api.get(path)

        assert response["Cache-Control"] == "private, no-cache"
        assert {name.strip() for name in response["Vary"].split(",")} >= {"Authorization", "Cookie"}


def test_no_cache_keeps_a_secret(as_user, rui):
    api = as_user(rui)

    assert api.post("/v1/tokens", {"name": "ci", "scope": "read"})["Cache-Control"] == "no-store"
