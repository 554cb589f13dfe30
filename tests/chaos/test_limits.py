"""A hundred writes a minute are a hundred, however many come at once, from wherever, with whatever headers (H14)."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import count

import pytest
from redis import Redis

from core.tests.fault_bench import kill
from tests.chaos.bench import Bench
from tests.chaos.crowd import Answer, Crowd, crowd, request
from tests.chaos.web import Web
from users import services, tokens

pytestmark = pytest.mark.fault
BODY = {"title": "Disk full on db-7", "severity": "P1"}
LIMIT = 100  # as the service ships
ENOUGH_SECONDS = 30  # of a window, for all that is asked in it
Counts = Callable[..., int]
Ask = Callable[..., bytes]
numbers = count()


@pytest.fixture
def service(bench: Bench) -> Iterator[Web]:
    """Behind a proxy that it trusts, and open to all."""
    with bench.web(
        RATE_LIMIT_MAX_REQUESTS=str(LIMIT), TRUSTED_PROXIES="127.0.0.1", API_ANONYMOUS_ROLE="responder"
    ) as running:
        yield running


def write(**headers: str) -> bytes:
    return request("POST", "/v1/incidents", BODY, **headers)


def seconds_left(answer: Answer) -> int:
    said = re.search(r";t=(\d+)", answer.headers["ratelimit"])
    assert said
    return int(said[1])


def client_with(clients: Crowd, made: Iterator[Ask], is_fit: Callable[[int], bool]) -> Ask:
    """Windows begin at another second for each caller. The first of these in whose window it is early, or late, enough;
    one write of it is spent."""
    for ask in made:
        (answer,) = clients.ask(ask())
        assert answer.status == 201
        if "ratelimit" in answer.headers and is_fit(seconds_left(answer)):
            return ask
    raise AssertionError("nobody is made any more")


def people() -> Iterator[Ask]:
    """Each at an address of their own, which has a budget, too."""
    for number in numbers:
        person = services.create_user(email=f"p{number}@example.com", name=f"P {number}", role="responder", actor=None)
        secret = tokens.issue_token(person, name="test", scope="write", actor=None)[1]
        yield lambda secret=secret, number=number: write(
            Authorization=f"Bearer {secret}", X_Forwarded_For=f"192.0.2.{number % 250 + 1}"
        )


def addresses(*, claimed: str = "") -> Iterator[Ask]:
    """`claimed` is what the client itself writes to the left of what the proxy adds."""
    claims = count()
    for number in range(1, 255):
        yield lambda number=number: write(
            X_Forwarded_For=f"{claimed.format(next(claims))}198.51.100.{number}",
            X_Real_IP=f"203.0.113.{number}",
            Forwarded="for=203.0.113.9",
        )


def networks() -> Iterator[Ask]:
    """Each call of another address of one IPv6 network."""
    hosts = count(1)
    for number in range(1, 255):
        yield lambda number=number: write(X_Forwarded_For=f"2001:db8:0:{number:x}::{next(hosts):x}")


def in_a_fresh_window(clients: Crowd, made: Iterator[Ask], times: int) -> list[Answer]:
    """So many calls of one caller, after the one that shows that its window is fresh. Where Redis answered too late for
    one of them, which a crowded machine may do, another caller tries."""
    answers: list[Answer] = []
    while not answers or not all("ratelimit" in answer.headers for answer in answers):
        ask = client_with(clients, made, lambda seconds: seconds >= ENOUGH_SECONDS)
        began, answers = time.monotonic(), []
        while len(answers) < times:
            answers += clients.ask(*[ask() for _ in range(min(len(clients.clients), times - len(answers)))])
        assert time.monotonic() - began < ENOUGH_SECONDS
    return answers


def statuses(answers: Sequence[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


def test_of_three_hundred_writes_at_once_a_hundred_are_allowed(
    bench: Bench, service: Web, publish: Callable[..., None]
) -> None:
    with crowd(service, 300) as clients:
        answers = in_a_fresh_window(clients, people(), 300)

    publish(**{str(status): number for status, number in statuses(answers).items()})
    assert statuses(answers) == {201: LIMIT - 1, 429: 300 - LIMIT + 1}
    assert {answer.body["code"] for answer in answers if answer.status == 429} == {"RATE_LIMIT_EXCEEDED"}


@pytest.mark.parametrize(
    "made",
    [addresses(claimed="203.0.113.{}, "), addresses(claimed="10.0.0.{}, 127.0.0.1, "), networks()],
    ids=["spoofed", "spoofed with the proxy's own address", "swept"],
)
def test_headers_that_anybody_may_write_and_addresses_that_anybody_has_gain_nothing(
    made: Iterator[Ask], service: Web, counts: Counts, publish: Callable[..., None]
) -> None:
    times = counts(200, 1000)
    with crowd(service, 50) as clients:
        answers = in_a_fresh_window(clients, made, times)

    publish(times=times, **{str(status): number for status, number in statuses(answers).items()})
    assert statuses(answers) == {201: LIMIT - 1, 429: times - LIMIT + 1}


def test_while_redis_is_away_writes_pass_and_afterwards_they_are_counted_again(
    bench: Bench, service: Web, publish: Callable[..., None]
) -> None:
    valkey = bench.engines.valkey
    with crowd(service, 50) as clients:
        before = in_a_fresh_window(clients, people(), 150)
        kill(valkey)
        ask = next(people())
        meanwhile = [answer for _ in range(6) for answer in clients.ask(*[ask()] * 50)]
        valkey.start()
        assert bench.becomes(lambda: all("ratelimit" in each.headers for each in clients.ask(*[ask()] * 10)), 15)
        after = in_a_fresh_window(clients, people(), 150)

    publish(before=statuses(before)[201], meanwhile=statuses(meanwhile)[201], after=statuses(after)[201])
    assert statuses(before) == {201: LIMIT - 1, 429: 51}
    assert statuses(meanwhile) == {201: 300}
    assert not any("ratelimit" in answer.headers for answer in meanwhile)
    assert statuses(after) == {201: LIMIT - 1, 429: 51}


def test_a_counter_that_never_ends_blocks_nobody_for_longer_than_a_window(
    bench: Bench, service: Web, publish: Callable[..., None]
) -> None:
    redis = Redis.from_url(bench.engines.valkey.url)
    with crowd(service, 1) as clients:
        before = set(redis.keys("rl:*"))
        ask = client_with(clients, addresses(), lambda seconds: 2 <= seconds <= 8)
        planted = set(redis.keys("rl:*")) - before
        for counter in planted:
            redis.set(counter, 1_000_000)  # without an end, as a client would leave it that died before EXPIRE
        (blocked,) = clients.ask(ask())
        ends = [redis.ttl(counter) for counter in planted]
        time.sleep(int(blocked.headers["retry-after"]))
        (allowed,) = clients.ask(ask())

    publish(blocked_for=int(blocked.headers["retry-after"]))
    assert (blocked.status, allowed.status) == (429, 201)
    assert any(0 < seconds <= 60 for seconds in ends)
