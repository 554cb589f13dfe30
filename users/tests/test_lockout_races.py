"""Guesses that come at the same moment: no more passwords and codes are looked at than one after the other."""

import threading
import time

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from users.tests.conftest import LOGIN, PASSWORD, entries, is_in, log_in

EMAIL = "kim@example.com"
GUESSES = 30


class Watched(MD5PasswordHasher):
    """Takes its time, as a real one does, and counts how often it was asked for a wrong password."""

    algorithm = "watched"
    asked: list[str] = []
    lock = threading.Lock()

    def encode(self, password, salt):
        if password.startswith("wrong"):
            with self.lock:
                self.asked.append(password)
            time.sleep(0.05)
        return super().encode(password, salt)


@pytest.fixture(autouse=True)
def watched(settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.Watched"]
    Watched.asked = []


def guess(number, email=EMAIL, address="192.0.2.%d"):
    where = address.replace("%d", str(number))
    return Client().post(LOGIN, {"login": email, "password": f"wrong {number}"}, REMOTE_ADDR=where)


@pytest.mark.parametrize("email", [EMAIL, "ghost@example.com"])
def test_ten_guesses_of_many_addresses_at_one_account_are_looked_at(kim, at_once, email):
    answers = at_once([lambda n=n: guess(n, email) for n in range(GUESSES)])

    assert {answer.status_code for answer in answers} <= {200, 429}
    assert len(Watched.asked) == 10
    assert len(entries("login.locked")) == 1
    assert log_in(Client(REMOTE_ADDR="198.51.100.7")).status_code == (429 if email == EMAIL else 302)


def test_ten_guesses_of_one_address_at_many_accounts_are_looked_at(kim, at_once):
    at_once([lambda n=n: guess(n, f"name{n}@example.com", "192.0.2.1") for n in range(GUESSES)])

    assert len(Watched.asked) == 10
    assert log_in(Client(REMOTE_ADDR="192.0.2.1")).status_code == 429


def test_what_is_right_counts_as_no_failure_however_often_it_comes_at_once(kim, at_once):
    browsers = [Client(REMOTE_ADDR="192.0.2.1") for _ in range(8)]
    guess(0, address="192.0.2.1")

    answers = at_once([lambda b=browser: log_in(b) for browser in browsers])

    assert [answer.status_code for answer in answers] == [302] * 8
    assert all(map(is_in, browsers))
    assert not sum(AccessAttempt.objects.values_list("failures_since_start", flat=True))


def test_a_right_password_alone_takes_back_its_own_count_and_no_other(kim, client):
    """As where a second factor is still to come: whoever has the password may not wash the account clean with it."""
    log_in(client)
    guess(1, address="127.0.0.1")

    client.post("/security/password", {"current": PASSWORD, "password": "short"})

    assert list(AccessAttempt.objects.values_list("failures_since_start", flat=True)) == [1]
