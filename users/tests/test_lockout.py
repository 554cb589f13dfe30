"""Guessing is slow: by account, by address, and whatever becomes of Redis."""

import pytest
from axes.models import AccessAttempt
from django.core.management import call_command
from django.test import Client

from users.tests.conftest import LOGIN, PASSWORD, entries, is_in, log_in

EMAIL = "kim@example.com"


@pytest.fixture(autouse=True)
def without_redis(settings):
    """Nothing here may lean on it."""
    settings.CACHES = settings.CACHES | {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}


def guess(times, email=EMAIL, address="192.0.2.1", browser=None):
    """The answers to that many wrong passwords; `address` may hold a %d."""
    return [
        (browser or Client()).post(
            LOGIN, {"login": email, "password": f"wrong {n}"}, REMOTE_ADDR=address.replace("%d", str(n))
        )
        for n in range(times)
    ]


def locked(response):
    assert response.status_code == 429, response.status_code
    assert "Too many tries" in response.text
    assert 0 < int(response["Retry-After"]) <= 61
    return True


@pytest.mark.parametrize("email", [EMAIL, "ghost@example.com"])
def test_an_account_is_locked_after_ten_whoever_asks_and_whether_it_is_there_or_not(kim, email):
    answers = guess(12, email, address="192.0.2.%d")

    assert [answer.status_code for answer in answers] == [200] * 9 + [429] * 3
    assert locked(log_in(Client(REMOTE_ADDR="198.51.100.7"), email))


def test_the_right_password_opens_nothing_meanwhile_and_everything_afterwards(client, kim):
    guess(10)
    assert locked(log_in(client))
    assert not is_in(client)

    AccessAttempt.objects.update(attempt_time="2020-01-01T00:00Z")

    assert log_in(client)["Location"] == "/"


def test_an_address_that_tries_many_accounts_is_locked(kim):
    answers = [guess(1, f"name{n}@example.com")[0] for n in range(11)]

    assert locked(answers[9])
    assert locked(log_in(Client(REMOTE_ADDR="192.0.2.1")))
    assert log_in(Client(REMOTE_ADDR="192.0.2.2")).status_code == 302


def test_the_addresses_of_one_ipv6_network_are_one_client(kim):
    for n in range(10):
        guess(1, f"name{n}@example.com", address=f"2001:db8:1:2::{n + 1}")

    assert locked(log_in(Client(REMOTE_ADDR="2001:db8:1:2:ffff::1")))
    assert log_in(Client(REMOTE_ADDR="2001:db8:1:3::1")).status_code == 302


def test_guesses_by_strangers_lock_out_nobody_where_they_were_logged_in_before(kim):
    at_home, logged_out = Client(REMOTE_ADDR="198.51.100.7"), Client(REMOTE_ADDR="198.51.100.7")
    log_in(at_home)
    log_in(logged_out)
    logged_out.post("/account/logout")
    guess(20, address="192.0.2.%d")

    assert is_in(at_home)
    assert log_in(logged_out).status_code == 302


def test_a_known_browser_may_not_guess_for_ever(kim):
    browser = Client(REMOTE_ADDR="198.51.100.7")
    log_in(browser)
    browser.post("/account/logout")

    assert locked(guess(10, address="198.51.100.7", browser=browser)[-1])


def test_a_cookie_of_ones_own_making_makes_no_browser_known(kim):
    browser = Client(REMOTE_ADDR="198.51.100.7")
    browser.cookies["known_browser"] = "forged:value:of-mine"
    guess(10, address="192.0.2.%d")

    assert locked(log_in(browser))


def test_a_log_in_does_not_wash_its_address_clean(kim, colleague):
    colleague("Eve", password=PASSWORD)
    for n in range(9):
        guess(1, f"name{n}@example.com")
    log_in(Client(REMOTE_ADDR="192.0.2.1"), "eve@example.com")

    assert locked(guess(1, "name9@example.com")[0])


def test_a_lock_has_one_entry_in_the_audit_log_without_what_was_typed(kim):
    guess(12)
    guess(12, "my-password@example.com", address="192.0.2.9")

    of_kim, of_nobody = entries("login.locked")
    assert (of_kim.target_type, of_kim.target_id, of_kim.address) == ("user", kim.pk, "192.0.2.1")
    assert of_kim.after == {"seconds": 60}
    assert of_nobody.target_type == "address"
    assert "my-password" not in str(list(AccessAttempt.objects.values()))


def test_an_administrator_unlocks_an_account(kim, capsys):
    guess(10, address="192.0.2.%d")

    call_command("unlock", EMAIL.upper())

    assert log_in(Client(REMOTE_ADDR="198.51.100.7")).status_code == 302
    assert entries("login.unlocked")[0].target_id == kim.pk


def test_asking_again_who_it_is_counts_too(kim):
    browser = Client(REMOTE_ADDR="192.0.2.1")
    log_in(browser)

    answers = [browser.post("/account/confirm", {"password": "wrong"}) for _ in range(10)]

    assert locked(answers[-1])
