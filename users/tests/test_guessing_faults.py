"""A thousand guesses at the service as it is deployed, half of them while Redis is away."""

import http.client
import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple
from urllib.parse import urlencode

import psycopg
import pytest

from core.tests import fault_bench
from core.tests.fault_bench import Service

pytestmark = pytest.mark.fault

KNOWN, UNKNOWN, RIGHT = "admin@example.com", "ghost@example.com", "in-a-storm-9"
GUESSES = 250
HOME = "203.0.113.7"


class Answer(NamedTuple):
    status: int
    text: str
    cookies: dict[str, str]
    seconds: float


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
    headers = {
        "X-Forwarded-For": address,
        "Cookie": "; ".join(f"{name}={value}" for name, value in jar.items()),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    body = urlencode({"csrfmiddlewaretoken": "c" * 32} | fields) if fields else None
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    connection.request("POST" if fields else "GET", path, body, headers)
    response = connection.getresponse()
    text = response.read().decode()
    set_cookies = dict(re.findall(r"^(\w+)=([^;]*)", "\n".join(response.headers.get_all("Set-Cookie", [])), re.M))
    connection.close()
    return Answer(response.status, text, set_cookies, time.monotonic() - began)


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
    return re.sub(r"\b\w{64}\b", "…", answer.text.replace(KNOWN, "…").replace(UNKNOWN, "…"))


def test_a_thousand_guesses_get_ten_looks_and_keep_nobody_out_who_was_in(service):
    at_home = log_in(service, KNOWN, RIGHT, HOME).cookies

    one_account = guesses(service, lambda n: (KNOWN, f"198.51.{n // 200}.{n % 200}"))
    one_address = guesses(service, lambda n: (f"name{n}@example.com", "192.0.2.1"))

    assert statuses(one_account) == statuses(one_address) == {200: 9, 429: GUESSES - 9}
    assert log_in(service, KNOWN, RIGHT, "198.51.100.99").status == 429
    assert call(service, "/profile", HOME, at_home).status == 200
    anew = {"known_browser": at_home["known_browser"]}
    assert log_in(service, KNOWN, RIGHT, HOME, anew).status == 302


def test_nobody_learns_from_words_or_time_which_accounts_there_are(service):
    pairs = [[log_in(service, email, f"wrong {n}", HOME) for email in (KNOWN, UNKNOWN)] for n in range(4)]

    assert {answer.status for pair in pairs for answer in pair} == {200}
    for known, unknown in pairs:
        assert neutral(known) == neutral(unknown)
    looked, unlooked = (min(answer.seconds for answer in answers) for answers in zip(*pairs, strict=True))
    assert 0.5 < looked / unlooked < 2  # to look at a password takes many times as long as the rest
