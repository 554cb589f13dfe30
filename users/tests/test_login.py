"""The log-in page: who gets in, where it leads, and what it tells a stranger."""

import re

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from users import services
from users.models import User
from users.tests.conftest import LOGIN, PASSWORD, is_in, log_in


def test_who_knows_the_password_gets_in_and_out_again(client, kim):
    response = log_in(client, "KIM@Example.com")

    assert (response.status_code, response["Location"]) == (302, "/")
    assert is_in(client)
    assert client.post("/account/logout")["Location"] == LOGIN
    assert not is_in(client)


def words(response):
    """What the page says, without what differs in any two answers."""
    text = re.sub(r'(name="csrfmiddlewaretoken" value=|X-CSRFToken": )"[^"]*"', "", response.text)
    return response.status_code, text.replace("ghost", "kim").replace("leaver", "kim").replace("invited", "kim")


def test_every_refusal_reads_alike(kim, colleague):
    leaver = colleague("Leaver", password=PASSWORD)
    services.edit_user(leaver.pk, actor=None, is_active=False)
    colleague("Invited")

    refusals = {
        words(log_in(Client(), f"{name}@example.com", password))
        for name, password in [("kim", "wrong"), ("ghost", "wrong"), ("leaver", PASSWORD), ("invited", "wrong")]
    }

    assert len(refusals) == 1
    ((status, text),) = refusals
    assert status == 200
    assert "not correct" in text


def test_an_unknown_account_costs_a_hash_like_a_known_one(client, kim, monkeypatch):
    hashed, encode = [], MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: hashed.append(1) or encode(*args))

    log_in(client, "kim@example.com", "wrong")
    log_in(client, "ghost@example.com", "wrong")

    assert len(hashed) == 2


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil",
        "https:evil",
        "javascript:alert(1)",
        "%09//evil",
        "\t//evil",
        "/\t/evil.example",
        "/%5C/evil\\",
        "https://evil.example/",
        "http://testserver/incidents",
        "///evil.example",
        "",
    ],
)
def test_the_log_in_leads_nowhere_else(client, kim, target):
    response = log_in(client, next=target)

    assert (response.status_code, response["Location"]) == (302, "/")


def test_the_log_in_leads_back_to_where_one_was(client, kim):
    page = client.get("/incidents?status=OPEN")
    assert page["Location"] == f"{LOGIN}?next=/incidents%3Fstatus%3DOPEN"

    assert 'name="next" value="/incidents?status=OPEN"' in client.get(page["Location"]).text
    assert log_in(client, next="/incidents?status=OPEN")["Location"] == "/incidents?status=OPEN"
    assert client.get(f"{LOGIN}?next=//evil.example")["Location"] == "/"  # logged in already


def test_a_session_that_somebody_else_fixed_is_not_the_one_that_logs_in(client, kim):
    client.get(f"{LOGIN}?next=/")
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["sessionid"] = session.session_key

    log_in(client)

    assert client.cookies["sessionid"].value != session.session_key
    thief = Client()
    thief.cookies["sessionid"] = session.session_key
    assert not is_in(thief)


def test_the_cookies_are_for_the_browser_alone(client, kim):
    cookies = log_in(client).cookies

    for name in ("sessionid", "known_browser"):
        assert cookies[name]["httponly"]
        assert cookies[name]["samesite"] == "Lax"


@pytest.mark.parametrize("path", [LOGIN, "/account/logout", "/account/reset", "/account/login/passkey"])
def test_a_form_without_its_token_is_refused(kim, path):
    browser = Client(enforce_csrf_checks=True)

    response = browser.post(path, {"login": kim.email, "password": PASSWORD, "email": kim.email})

    assert response.status_code == 403
    assert not is_in(browser)


def test_nobody_signs_up(client, db):
    for path in ("/account/signup", "/account/signup/", "/accounts/signup/"):
        assert client.post(path, {"email": "eve@example.com"}).status_code == 404
    assert not User.objects.exists()


def test_the_admin_site_has_no_log_in_of_its_own(client, ada):
    services.edit_user(ada.pk, actor=None, password=PASSWORD)
    door = client.get("/admin/users/user/", follow=True)
    assert door.redirect_chain[-1][0] == f"{LOGIN}?next=/admin/users/user/"

    response = log_in(client, ada.email, next="/admin/users/user/")

    assert response["Location"] == "/admin/users/user/"
    assert client.get("/admin/users/user/").status_code == 200


def test_neither_password_nor_name_is_logged(client, kim, log_text):
    log_in(client, password="a-quite-secret-word")
    log_in(client, "my-password-in-the-wrong-field")
    log_in(client)

    logged = log_text.getvalue()
    assert logged.count(f'"{LOGIN}"') == 3
    assert [
        secret for secret in ("a-quite-secret-word", "my-password", PASSWORD, "kim@example.com") if secret in logged
    ] == []
