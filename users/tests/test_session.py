"""Who calls, by the session cookie."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from users import services
from users.models import User
from users.tests.conftest import forbidden, unauthenticated

INCIDENT = {"title": "t", "severity": "P1"}


@pytest.fixture(params=["", "admin"])
def anonymous_role(request, settings):
    settings.API_ANONYMOUS_ROLE = request.param
    return request.param


def test_a_session_reads_and_writes_as_its_user(in_session, rui):
    browser = in_session(rui)

    opened = browser.post("/v1/incidents", INCIDENT)

    assert opened.status_code == 201
    assert opened.json()["created_by"]["id"] == str(rui.pk)
    assert browser.get("/v1/users/me").json()["id"] == str(rui.pk)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/incidents"),
        ("PATCH", "/v1/incidents/{incident}"),
        ("PATCH", "/v1/incidents/{incident}/status"),
        ("POST", "/v1/incidents/{incident}/comments"),
        ("DELETE", "/v1/incidents/{incident}"),
        ("POST", "/v1/users"),
        ("PATCH", "/v1/users/{user}"),
        ("POST", "/v1/tokens"),
        ("DELETE", "/v1/tokens/{user}"),
    ],
)
def test_an_unsafe_call_of_a_session_needs_its_csrf_token(in_session, ada, incident, method, path):
    path = path.format(incident=incident.pk, user=ada.pk)
    without, forged = in_session(ada, csrf=False), in_session(ada, csrf=False)

    answers = [without.call(method, path, {}), forged.call(method, path, {}, X_CSRFToken="f" * 32)]

    for answer in answers:
        assert forbidden(answer)
        assert "CSRF" in answer.json()["message"]
    assert "CSRF" not in in_session(ada).call(method, path, {}).content.decode()


def test_a_csrf_token_without_a_session_is_no_credential(in_session, rui):
    browser = in_session(rui)
    del browser.client.cookies["sessionid"]

    assert unauthenticated(browser.post("/v1/incidents", INCIDENT))


def test_safe_calls_of_a_session_need_no_csrf_token(in_session, rui):
    browser = in_session(rui, csrf=False)
    answers = [browser.call(method, "/v1/users/me") for method in ("GET", "HEAD", "OPTIONS")]

    assert [answer.status_code for answer in answers] == [200, 200, 204]


def test_a_deactivated_person_is_out_at_once_and_stays_out(in_session, rui, anonymous_role):
    browser = in_session(rui)
    assert browser.get("/v1/users").status_code == 200
    services.edit_user(rui.pk, actor=None, is_active=False)

    assert unauthenticated(browser.get("/v1/users"))

    services.edit_user(rui.pk, actor=None, is_active=True)
    assert browser.get("/v1/users").status_code == (200 if anonymous_role else 401)
    assert unauthenticated(browser.get("/v1/users/me"))


def test_a_new_password_ends_the_sessions_that_the_old_one_opened(in_session, as_user, ada, rui, anonymous_role):
    browser = in_session(rui)
    assert browser.get("/v1/users").status_code == 200

    answer = as_user(ada).patch(f"/v1/users/{rui.pk}", {"password": "a quite long sentence"})

    assert answer.status_code == 200
    assert unauthenticated(browser.get("/v1/users"))
    assert in_session(User.objects.get(pk=rui.pk)).get("/v1/users").status_code == 200


def test_a_session_deleted_on_the_server_is_refused_once_and_its_cookie_taken_back(in_session, rui, settings):
    settings.API_ANONYMOUS_ROLE = "viewer"
    browser = in_session(rui)
    Session.objects.all().delete()

    refusal = browser.get("/v1/users")

    assert unauthenticated(refusal)
    assert refusal.cookies["sessionid"]["max-age"] == 0
    assert browser.get("/v1/users").status_code == 200  # now without a cookie: as anybody


@pytest.mark.parametrize("cookie", ["x", "0" * 32, "é" * 40, "../../etc"])
def test_a_cookie_that_is_no_session_is_refused(as_user, db, settings, cookie):
    settings.API_ANONYMOUS_ROLE = "admin"
    api = as_user()
    api.client.cookies["sessionid"] = cookie

    assert unauthenticated(api.get("/v1/users"))


def test_a_session_that_nobody_has_logged_in_to_counts_as_no_credential(as_user, db, settings):
    api = as_user()
    session = Client().session
    session["next"] = "/"
    session.save()
    api.client.cookies["sessionid"] = session.session_key
    assert unauthenticated(api.get("/v1/users"))

    settings.API_ANONYMOUS_ROLE = "viewer"

    assert api.get("/v1/users").status_code == 200


def test_a_session_has_the_whole_role_of_its_user_and_no_more(in_session, vera, ada):
    person = {"email": "new@example.com", "name": "New"}

    assert forbidden(in_session(vera).post("/v1/incidents", INCIDENT))
    assert in_session(ada).post("/v1/users", person).status_code == 201
