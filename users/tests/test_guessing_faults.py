"""A thousand guesses at the service as it is deployed, half of them while Redis is away."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import psycopg
import pytest

from core.tests import fault_bench
from core.tests.fault_bench import Service
from tests.hostile.browser import FORM
from tests.hostile.wire import Wire

pytestmark = pytest.mark.fault

KNOWN, UNKNOWN, RIGHT = "admin@example.com", "ghost@example.com", "in-a-storm-9"
GUESSES = 250
HOME = "203.0.113.7"


@pytest.fixture(scope="module")
def bench():
    with fault_bench.bench() as running:
        running.variables |= {"TRUSTED_PROXIES": "127.0.0.1", "LOGIN_LOCKOUT_SECONDS": "600"}
        yield running


@pytest.fixture(params=["with Redis", "without Redis"])
def service(request, bench, tmp_path):
    """Nobody has guessed yet."""
    with psycopg.connect(bench.postgres.url) as database:
        database.execute("DELETE FROM axes_accessattempt")
    is_away = request.param == "without Redis"
    if is_away:
        bench.valkey.stop()
    with Service(tmp_path / "log", bench) as running:
        yield running
    if is_away:
        bench.valkey.start()


def call(service, path, address, cookies=None, **fields):
    jar = {"csrftoken": "c" * 32} | (cookies or {})
    lines = [f"X-Forwarded-For: {address}", "Cookie: " + "; ".join(f"{name}={value}" for name, value in jar.items())]
    if not fields:
        return Wire(service.port).call("GET", path, None, *lines)
    body = urlencode({"csrfmiddlewaretoken": jar["csrftoken"]} | fields).encode()
    return Wire(service.port).call("POST", path, body, FORM, *lines)


def log_in(service, email, password, address, cookies=None):
    """Whoever finds no thread free is told so, and tries again."""
    while (answer := call(service, "/account/login", address, cookies, login=email, password=password)).status == 503:
        time.sleep(0.1)
    return answer


def guesses(service, whom):
    """The answers to wrong passwords; `whom` gives account and address of each."""
    with ThreadPoolExecutor(4) as threads:
        return list(threads.map(lambda n: log_in(service, whom(n)[0], f"wrong {n}", whom(n)[1]), range(GUESSES)))


def statuses(answers):
    return {status: sum(answer.status == status for answer in answers) for status in {each.status for each in answers}}


def neutral(answer):
    """Its text without what was typed, and without tokens."""
    return re.sub(r"\b\w{64}\b", "…", answer.body.decode().replace(KNOWN, "…").replace(UNKNOWN, "…"))


def test_a_thousand_guesses_get_ten_looks_and_keep_nobody_out_who_was_in(service):
    at_home = log_in(service, KNOWN, RIGHT, HOME).cookies

    one_account = guesses(service, lambda n: (KNOWN, f"198.51.{n // 200}.{n % 200}"))
    one_address = guesses(service, lambda n: (f"name{n}@example.com", "192.0.2.1"))

    assert statuses(one_account) == statuses(one_address) == {200: 9, 429: GUESSES - 9}
    assert log_in(service, KNOWN, RIGHT, "198.51.100.99").status == 429
    assert call(service, "/profile", HOME, at_home).status == 200
    anew = {"known_browser": at_home["known_browser"]}
    assert log_in(service, KNOWN, RIGHT, HOME, anew).status == 302


def timed(service, email, n):
    began = time.monotonic()
    return log_in(service, email, f"wrong {n}", HOME), time.monotonic() - began


def test_nobody_learns_from_words_or_time_which_accounts_there_are(service):
    pairs = [[timed(service, email, n) for email in (KNOWN, UNKNOWN)] for n in range(4)]

    assert {answer.status for pair in pairs for answer, _ in pair} == {200}
    for (known, _), (unknown, _) in pairs:
        assert neutral(known) == neutral(unknown)
    looked, unlooked = (min(seconds for _, seconds in tries) for tries in zip(*pairs, strict=True))
    assert 0.5 < looked / unlooked < 2  # to look at a password takes many times as long as the rest
