"""Passkeys: as a second factor, and as the only one. The telephone is made of software, what it says is real."""

import json
import re

import pytest
from django.test import Client

from users import services
from users.tests.authenticators import HOST, ORIGIN, Passkey, b64
from users.tests.conftest import entries, is_in, log_in

FACTORS = "/account/second-factors"
ADD = f"{FACTORS}/passkeys/add"
CODE, PASSKEY_LOGIN = "/account/login/code", "/account/login/passkey"


@pytest.fixture
def browser(kim):
    client = Client()
    log_in(client)
    return client


def options_in(page):
    return json.loads(re.search(r'<script id="passkey-options" type="application/json">(.*?)</script>', page.text)[1])


def add(browser, passkey=None, **how):
    passkey = passkey or Passkey()
    credential = passkey.create(options_in(browser.get(ADD)), **how)
    return passkey, browser.post(ADD, {"name": "Phone", "credential": credential})


def test_a_passkey_is_added_and_then_asked_for(browser, kim):
    passkey, added = add(browser, passwordless=False)
    elsewhere = Client()

    assert added["Location"] == f"{FACTORS}/recovery-codes"
    assert log_in(elsewhere, next="/incidents")["Location"] == CODE
    credential = passkey.get(options_in(elsewhere.get(CODE)))
    assert elsewhere.post(CODE, {"credential": credential})["Location"] == "/incidents"
    assert is_in(elsewhere)
    assert [entry.after for entry in entries("second_factor.added")] == [{"kind": "webauthn", "name": "Phone"}]


def test_a_passkey_opens_the_door_without_a_password(browser):
    passkey, _added = add(browser)
    elsewhere = Client()

    credential = passkey.get(elsewhere.get(PASSKEY_LOGIN).json()["request_options"])
    response = elsewhere.post(PASSKEY_LOGIN, {"credential": credential, "next": "/incidents"})

    assert response["Location"] == "/incidents"
    assert is_in(elsewhere)


def tries(browser, passkey):
    """(what is wrong, what is sent)"""
    options = browser.get(PASSKEY_LOGIN).json()["request_options"]
    other = Passkey()
    other.user_handle, other.id = passkey.user_handle, passkey.id
    stale = passkey.get(options)
    options = browser.get(PASSKEY_LOGIN).json()["request_options"]
    yield "an old challenge", stale
    yield "another key", other.get(browser.get(PASSKEY_LOGIN).json()["request_options"])
    yield "nobody", passkey.get(options, userHandle=b64(b"01890000000000000000000000000000"))
    yield "no handle", passkey.get(options, userHandle="")
    yield "rubbish", passkey.get(options, userHandle=b64(b"\xff\x00"))
    yield "no JSON", "{"
    yield "nothing", "{}"
    yield "a list", "[]"
    yield "a number", "1"


def test_nothing_else_does(browser):
    passkey, _added = add(browser)
    elsewhere = Client(raise_request_exception=False)

    answers = {what: elsewhere.post(PASSKEY_LOGIN, {"credential": sent}) for what, sent in tries(elsewhere, passkey)}

    assert {what: answer.status_code for what, answer in answers.items()} == dict.fromkeys(answers, 302)
    assert {answer["Location"] for answer in answers.values()} == {"/account/login"}
    assert not is_in(elsewhere)


def test_a_passkey_of_another_site_is_refused(browser, settings):
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False
    settings.BASE_HOST = "incidents.example"
    good, evil = (
        Passkey("https://incidents.example", settings.BASE_HOST),
        Passkey("https://evil.example", "evil.example"),
    )

    assert add(browser, evil)[1].status_code == 200
    assert add(browser, good)[1].status_code == 302


def test_who_was_sent_away_stays_out(browser, kim):
    passkey, _added = add(browser)
    services.edit_user(kim.pk, actor=None, is_active=False)
    elsewhere = Client()

    credential = passkey.get(elsewhere.get(PASSKEY_LOGIN).json()["request_options"])
    elsewhere.post(PASSKEY_LOGIN, {"credential": credential})

    assert not is_in(elsewhere)


def test_a_passkey_is_renamed_and_removed_by_its_owner_alone(browser, colleague):
    add(browser)
    page = browser.get(FACTORS)
    edit, remove = (re.search(rf'href="({FACTORS}/passkeys/\d+/{what})"', page.text)[1] for what in ("edit", "remove"))
    eve = Client()
    colleague("Eve", password="correct horse battery")
    log_in(eve, "eve@example.com")

    assert eve.post(remove).status_code == eve.post(edit, {"name": "Mine"}).status_code == 404
    assert browser.post(edit, {"name": "<b>Tablet</b>"}).status_code == 302
    assert "&lt;b&gt;Tablet" in browser.get(FACTORS).text
    assert browser.post(remove).status_code == 302
    assert [entry.before["kind"] for entry in entries("second_factor.removed")] == ["webauthn"]
    assert log_in(Client())["Location"] == "/"


def test_the_test_speaks_of_the_service_that_there_is(settings):
    assert (settings.BASE_URL, settings.BASE_HOST) == (ORIGIN, HOST)
