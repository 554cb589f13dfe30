"""Authenticator apps and recovery codes: set up, asked for, used once, taken away."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.test import Client

from core import sealing
from users.tests.authenticators import code
from users.tests.conftest import PASSWORD, entries, is_in, log_in, unauthenticated

FACTORS = "/account/second-factors"
APP = f"{FACTORS}/authenticator"
CODE = "/account/login/code"


@pytest.fixture
def browser(kim):
    """Kim's, logged in."""
    client = Client()
    log_in(client)
    return client


def secret_in(page):
    return re.search(r"<code>([A-Z2-7]{32})</code>", page.text)[1]


def set_up(browser):
    """The secret of a new authenticator app, whose code of the last half minute was used."""
    secret = secret_in(browser.get(APP))
    assert browser.post(APP, {"code": code(secret, -1)})["Location"] == f"{FACTORS}/recovery-codes"
    return secret


def recovery_codes(browser):
    return re.findall(r"<code>(\d{8})</code>", browser.get(f"{FACTORS}/recovery-codes").text)


def test_a_log_in_then_asks_for_a_code(browser):
    secret = set_up(browser)
    elsewhere = Client()

    assert log_in(elsewhere, next="/incidents")["Location"] == CODE
    assert not is_in(elsewhere)
    assert elsewhere.post(CODE, {"code": code(secret)})["Location"] == "/incidents"
    assert is_in(elsewhere)


def test_a_code_works_once_also_without_redis(browser, settings):
    settings.CACHES = settings.CACHES | {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    secret = set_up(browser)
    used = code(secret)
    first, second = Client(), Client()
    log_in(first)
    log_in(second)

    assert first.post(CODE, {"code": used}).status_code == 302
    assert second.post(CODE, {"code": used}).status_code == 200
    assert not is_in(second)


def test_a_recovery_code_works_once(browser):
    set_up(browser)
    codes = recovery_codes(browser)
    first, second = Client(), Client()
    log_in(first)
    log_in(second)

    assert len(set(codes)) == 10
    assert first.post(CODE, {"code": codes[3]}).status_code == 302
    assert second.post(CODE, {"code": codes[3]}).status_code == 200
    assert recovery_codes(browser) == codes[:3] + codes[4:]


def test_new_recovery_codes_end_the_old(browser):
    set_up(browser)
    (old, *_rest) = recovery_codes(browser)
    browser.post(f"{FACTORS}/recovery-codes/new")
    elsewhere = Client()
    log_in(elsewhere)

    assert old not in recovery_codes(browser)
    assert elsewhere.post(CODE, {"code": old}).status_code == 200
    assert entries("recovery_codes.made")


def test_guessing_codes_is_as_slow_as_guessing_passwords(browser):
    secret = set_up(browser)
    thief = Client(REMOTE_ADDR="192.0.2.1")
    log_in(thief)

    answers = []
    for _ in range(11):
        answers.append(thief.post(CODE, {"code": "000000"}).status_code)
        log_in(thief)  # the right password gives no new tries

    assert answers[:9] == [200] * 9
    assert 429 in answers[9:]
    thief.post(CODE, {"code": code(secret)})
    assert not is_in(thief)


def test_every_change_has_its_entry_in_the_audit_log_and_no_secret(browser, kim):
    secret = set_up(browser)
    browser.post(f"{APP}/remove")

    added, removed = entries("second_factor.added"), entries("second_factor.removed")
    assert [(entry.target_id, entry.after) for entry in added] == [(kim.pk, {"kind": "totp"})]
    assert [(entry.actor_id, entry.before) for entry in removed] == [(kim.pk, {"kind": "totp"})]
    assert secret not in str([entry.after for entry in added])
    assert not Authenticator.objects.exists()  # the recovery codes went with it


def stored():
    return {row.type: row.data.get("secret") or row.data["seed"] for row in Authenticator.objects.order_by("type")}


def test_what_codes_are_made_from_is_sealed_in_the_database(browser):
    secret = set_up(browser)

    assert set(stored()) == {"totp", "recovery_codes"}
    assert all(map(sealing.is_sealed, stored().values()))
    assert secret not in str(stored())


def test_what_was_stored_in_clear_is_sealed_by_an_upgrade_and_opens_as_before(browser):
    secret = set_up(browser)
    codes = recovery_codes(browser)

    call_command("migrate", "users", "0008", verbosity=0)
    in_clear = stored()
    call_command("migrate", "users", verbosity=0)
    app, paper = Client(), Client()
    log_in(app)
    log_in(paper)

    assert in_clear["totp"] == secret
    assert not sealing.is_sealed(in_clear["recovery_codes"])
    assert all(map(sealing.is_sealed, stored().values()))
    assert app.post(CODE, {"code": code(secret)}).status_code == 302
    assert paper.post(CODE, {"code": codes[0]}).status_code == 302


def test_an_app_that_was_added_in_clear_during_an_upgrade_works(browser):
    secret = set_up(browser)
    Authenticator.objects.filter(type="totp").update(data={"secret": secret})
    elsewhere = Client()
    log_in(elsewhere)

    assert elsewhere.post(CODE, {"code": code(secret)}).status_code == 302


def test_a_factor_whose_key_is_gone_opens_nothing_and_breaks_nothing(browser, settings):
    secret = set_up(browser)
    settings.SEALING_KEYS = ["another key, and the one before is not kept"]
    elsewhere = Client()
    log_in(elsewhere)

    assert elsewhere.post(CODE, {"code": code(secret)}).status_code == 200
    assert not is_in(elsewhere)


def test_a_wrong_code_sets_nothing_up(browser):
    secret = secret_in(browser.get(APP))

    response = browser.post(APP, {"code": code(secret, -99)})

    assert response.status_code == 200
    assert secret_in(response) == secret
    assert not Authenticator.objects.exists()


def test_some_time_after_the_log_in_one_is_asked_again(browser):
    session = browser.session
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [{**record, "at": record["at"] - 3600} for record in records]
    session.save()

    asked = browser.get(APP)
    assert asked["Location"].startswith("/account/confirm?next=")
    assert browser.post(asked["Location"], {"password": "wrong"}).status_code == 200
    assert browser.post(asked["Location"], {"password": PASSWORD})["Location"] == APP
    assert browser.get(APP).status_code == 200


def test_whose_role_needs_one_sets_it_up_before_anything_else(browser, settings):
    settings.REQUIRE_SECOND_FACTOR = ("responder", "admin")
    for path in ("/", "/incidents", "/profile", "/security", "/admin/"):
        assert browser.get(path)["Location"] in (FACTORS, "/admin/login/?next=/admin/"), path
    assert browser.post("/incidents/new", {"title": "t"})["Location"] == FACTORS
    assert "needs a second factor" in browser.get(FACTORS).text

    set_up(browser)

    assert is_in(browser)


def test_whose_role_needs_one_has_no_api_by_the_session_either(in_session, as_user, kim, vera, settings):
    settings.REQUIRE_SECOND_FACTOR = ("responder",)

    assert unauthenticated(in_session(kim).get("/v1/users/me"))
    assert in_session(vera).get("/v1/users/me").status_code == 200
    assert as_user(kim).get("/v1/users/me").status_code == 200  # a token is no person


def test_who_has_lost_everything_is_helped_by_an_administrator(browser, kim):
    set_up(browser)

    call_command("remove_second_factors", kim.email)

    assert log_in(Client())["Location"] == "/"
    assert {entry.before["kind"] for entry in entries("second_factor.removed")} == {"totp", "recovery_codes"}
