"""Which calls pass by sessions and pages, and that they lose nothing by it."""

from django.test import Client

STORED = {"sessionid": "no session of ours"}


def test_a_call_by_token_never_touches_a_session(as_user, rui, django_assert_num_queries):
    api = as_user(rui)
    api.client.cookies.load(STORED)
    api.get("/v1/nothing")

    with django_assert_num_queries(1):  # the token's; a session would be looked up, too
        response = api.get("/v1/nothing")

    assert response.status_code == 404
    assert "sessionid" not in response.cookies


def test_a_call_by_cookie_still_finds_its_session(in_session, rui):
    assert in_session(rui).get("/v1/users/me").json()["name"] == "Rui"


def test_an_unknown_session_is_still_refused(db):
    browser = Client()
    browser.cookies.load(STORED)

    response = browser.get("/v1/users/me")

    assert response.status_code == 401


def test_a_page_keeps_its_session_whatever_header_comes_with_it(site):
    response = site.get("/admin/", headers={"Authorization": "Bearer nobody"})

    assert response.status_code == 200
