"""Single sign-on, against a provider that is really there."""

import html
import http.client
import re
from urllib.parse import urlsplit

import pytest
from django.test import Client

from users import services
from users.models import User
from users.tests.conftest import entries, is_in, log_in
from users.tests.oidc_provider import CLIENT, FOREIGN_KEY, SECRET, Provider

LEAVE = "/account/single-sign-on/oidc"
EVE = {"sub": "42", "email": "eve@example.com", "email_verified": True, "name": "Eve", "groups": ["oncall", "football"]}


@pytest.fixture
def provider(db, settings):
    server = Provider()
    server.claims = dict(EVE)
    settings.OIDC_ISSUER, settings.OIDC_NAME = server.issuer, "Company log-in"
    settings.OIDC_ROLES = {"sre-admins": "admin", "oncall": "responder", "staff": "viewer"}
    app = {"provider_id": "oidc", "name": "x", "client_id": CLIENT, "secret": SECRET}
    (kind,) = settings.SOCIALACCOUNT_PROVIDERS
    settings.SOCIALACCOUNT_PROVIDERS = {
        kind: {"OAUTH_PKCE_ENABLED": True, "APPS": [{**app, "settings": {"server_url": server.issuer}}]}
    }
    yield server
    server.shutdown()
    server.server_close()


def leave(browser, **form):
    """Where the page on the way to the provider leads."""
    page = browser.post(LEAVE, form)
    return html.unescape(re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page.text)[1])


def asked(url):
    """What the provider answers: the way back."""
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.netloc, timeout=5)
    line.request("GET", f"{parts.path}?{parts.query}")
    back = line.getresponse().headers["Location"]
    line.close()
    assert back.startswith("http://127.0.0.1:3000/account/single-sign-on/oidc/callback?")
    return back.removeprefix("http://127.0.0.1:3000")


def sign_on(browser, **form):
    return browser.get(asked(leave(browser, **form)))


def test_whoever_the_provider_knows_comes_in_with_the_role_of_the_claim(client, provider):
    assert "Company log-in" in client.get("/account/login").text

    response = sign_on(client, next="/incidents")

    eve = User.objects.get(email="eve@example.com")
    assert response["Location"] == "/incidents"
    assert is_in(client)
    assert (eve.name, eve.role, eve.has_usable_password()) == ("Eve", "responder", False)
    assert {entry.action for entry in entries()} == {"user.created", "single_sign_on.linked"}


def test_the_role_follows_the_claim_and_the_greatest_counts(provider):
    sign_on(Client())
    provider.claims["groups"] = ["staff", "sre-admins"]
    sign_on(Client())

    assert User.objects.get(email="eve@example.com").role == "admin"
    assert entries("user.updated")[0].after == {"role": "admin"}


@pytest.mark.parametrize(
    ("name", "claims"),
    [("role", {"role": "staff"}), ("realm_access.roles", {"realm_access": {"roles": ["staff"]}})],
)
def test_the_claim_may_be_another_one(client, provider, settings, name, claims):
    settings.OIDC_ROLE_CLAIM = name
    provider.claims.update(claims)

    sign_on(client)

    assert User.objects.get().role == "viewer"


@pytest.mark.parametrize("groups", [[], ["football"], None, {"oncall": 1}, [["oncall"]], "ONCALL"])
def test_whoever_has_no_role_stays_out(client, provider, groups):
    provider.claims["groups"] = groups

    response = sign_on(client)

    assert response.status_code == 403
    assert "Ask an administrator" in response.text
    assert not is_in(client)
    assert not User.objects.exists()


def test_without_roles_only_who_was_invited_comes_in_and_keeps_the_role(client, provider, settings, colleague):
    settings.OIDC_ROLES = {}
    assert sign_on(Client()).status_code == 403
    colleague("Eve", role="viewer")

    assert sign_on(client)["Location"] == "/"
    assert User.objects.get().role == "viewer"


def test_who_is_a_user_already_is_known_by_the_verified_address_and_then_by_the_id(provider, kim):
    provider.claims["email"] = "KIM@example.com"
    sign_on(Client())
    provider.claims["email"] = "married@example.com"

    browser = Client()
    sign_on(browser)

    assert browser.get("/v1/users/me").json()["id"] == str(kim.pk)
    assert log_in(Client()).status_code == 302  # the password stays


def test_an_address_that_was_not_verified_takes_over_nobody(client, provider, settings, kim):
    provider.claims.update(email="kim@example.com", email_verified=False)
    assert sign_on(client).status_code == 403

    settings.OIDC_TRUST_EMAIL = True

    assert sign_on(client).status_code == 302


def test_who_was_sent_away_stays_out(client, provider):
    sign_on(Client())
    services.edit_user(User.objects.get().pk, actor=None, is_active=False)

    assert sign_on(client).status_code == 403
    assert not is_in(client)


def test_the_last_administrator_keeps_the_role(client, provider, colleague):
    colleague("Eve", role="admin")

    assert sign_on(client).status_code == 302
    assert User.objects.get().role == "admin"


@pytest.mark.parametrize(
    "wrong",
    [{"iss": "http://evil.example"}, {"aud": "another"}, {"exp": 1_000_000_000}, {"sub": None}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_token_that_is_not_for_us_opens_nothing(client, provider, wrong):
    provider.token = wrong

    assert sign_on(client).status_code == 401
    assert not User.objects.exists()


def test_a_token_signed_by_another_opens_nothing(client, provider):
    provider.key = FOREIGN_KEY

    assert sign_on(client).status_code == 401


def test_the_way_back_works_once_and_in_the_browser_that_left(provider):
    browser = Client()
    back = asked(leave(browser))

    assert Client().get(back).status_code == 401
    assert browser.get(back).status_code == 302
    assert Client().get(back).status_code == 401


def test_a_provider_that_fails_is_told_of_and_logged_without_secrets(client, provider, log_text):
    back = asked(leave(client))
    provider.is_broken = True

    assert client.get(back).status_code == 401
    assert client.post(LEAVE).status_code == 401
    assert "single_sign_on_failed" in log_text.getvalue()
    assert SECRET not in log_text.getvalue()
    assert "code-0" not in log_text.getvalue()


def test_it_works_without_redis(client, provider, settings):
    settings.CACHES = settings.CACHES | {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}

    assert sign_on(client).status_code == 302
    assert sign_on(Client()).status_code == 302


def test_it_leads_nowhere_else(client, provider):
    assert sign_on(client, next="//evil.example")["Location"] == "/"


def test_it_connects_no_account_to_who_is_logged_in(client, provider, kim):
    log_in(client)

    sign_on(client, process="connect")

    assert client.get("/v1/users/me").json()["email"] == "eve@example.com"


def test_cancelling_leads_back(client, provider):
    state = re.search(r"state=(\w+)", leave(client))[1]

    response = client.get(f"{LEAVE}/callback?error=access_denied&state={state}", follow=True)

    assert response.redirect_chain == [("/account/single-sign-on/cancelled", 302)]
    assert "You were not logged in" in response.text


def test_there_is_none_where_none_is_set_up(client, db):
    assert client.post(LEAVE).status_code == client.get(f"{LEAVE}/callback").status_code == 404
    assert "single-sign-on" not in client.get("/account/login").text
    assert client.get(LEAVE).status_code == 405
