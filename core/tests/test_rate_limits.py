"""The budget of writes: who shares one, what it answers, and what it never does."""

import itertools
import re
from collections import Counter
from ipaddress import ip_network

import pytest
from django.core.cache import cache
from django.test import Client
from django_ratelimit import core as ratelimit

from core import cache as redis_cache

BODY = {"title": "Disk full on db-7", "severity": "P1"}
LIMIT = 3


@pytest.fixture
def small(settings):
    """A budget that a test can spend, in a window whose edge it will hardly meet."""
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"writes": (LIMIT, 86_400, 0)}


class Clock:
    """Stands in for the time module of the limiter."""

    now = 1_800_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch) -> Clock:
    stopped = Clock()
    monkeypatch.setattr(ratelimit, "time", stopped)
    return stopped


def write(api, **headers):
    return api.post("/v1/incidents", BODY, **headers)


def budget(response) -> tuple[int, int]:
    """What is left, and the seconds until it is whole again."""
    left, seconds = re.fullmatch(r'"writes";r=(\d+);t=(\d+)', response["RateLimit"]).groups()
    return int(left), int(seconds)


def test_every_write_tells_the_budget(as_user, rui):
    first, second = write(as_user(rui)), write(as_user(rui))

    assert first["RateLimit-Policy"] == second["RateLimit-Policy"] == '"writes";q=100;w=60'
    assert (budget(first)[0], budget(second)[0]) in {(99, 98), (99, 99)}  # the latter across the edge of a window
    assert 1 <= budget(first)[1] <= 60


def test_one_write_too_many_is_refused_before_it_does_anything(as_user, rui, small):
    api = as_user(rui)
    allowed = [write(api) for _ in range(LIMIT)]
    refused = write(api)

    assert [(answer.status_code, budget(answer)[0]) for answer in allowed] == [(201, 2), (201, 1), (201, 0)]
    assert refused.status_code == 429
    assert refused.json() == {
        "code": "RATE_LIMIT_EXCEEDED",
        "message": "Too many requests of this kind. Wait as long as Retry-After says.",
        "request_id": refused["X-Request-ID"],
        "details": {"violated_policies": ["writes"]},
    }
    assert refused["RateLimit-Policy"] == '"writes";q=3;w=86400'
    assert budget(refused) == (0, int(refused["Retry-After"]))
    assert len(api.get("/v1/incidents").json()["results"]) == LIMIT


def test_every_kind_of_write_spends_one_budget_and_reads_another(as_user, ada, incident, small):
    api, path = as_user(ada), f"/v1/incidents/{incident.pk}"
    answers = [
        api.post(f"{path}/comments", {"body": "Looking"}),
        api.get(path),
        api.patch(path, {"title": "New"}),
        api.get("/v1/incidents"),
        api.delete(path),
        write(api),
    ]

    assert [answer.status_code for answer in answers] == [201, 200, 200, 200, 204, 429]
    assert [answer["RateLimit"].split(";")[0].strip('"') for answer in answers] == [
        *("writes", "reads", "writes", "reads", "writes", "writes")
    ]


def test_a_refusal_of_the_body_spends_and_a_refusal_of_the_caller_does_not(as_user, rui, vera, small):
    viewers, responders = as_user(vera), as_user(rui)
    denied = [write(viewers) for _ in range(LIMIT + 1)]
    invalid = [responders.post("/v1/incidents", "{") for _ in range(LIMIT + 1)]

    assert [answer.status_code for answer in denied] == [403] * (LIMIT + 1)
    assert not any("RateLimit" in answer for answer in denied)
    assert [answer.status_code for answer in invalid] == [400, 400, 400, 429]


def test_all_tokens_and_sessions_of_a_person_share_one_budget(as_user, rui, ada, small):
    session = Client()
    session.force_login(rui)
    statuses = [write(as_user(rui)).status_code for _ in range(LIMIT)]
    by_session = session.post("/v1/incidents", BODY, content_type="application/json")

    assert statuses == [201] * LIMIT
    assert by_session.status_code == 429
    assert write(as_user(ada)).status_code == 201


def test_a_replay_spends_too(as_user, rui, small):
    answers = [write(as_user(rui), Idempotency_Key="k-1") for _ in range(LIMIT + 1)]

    assert [answer.status_code for answer in answers] == [201, 200, 200, 429]


def test_of_three_hundred_writes_at_once_exactly_a_hundred_pass(at_once, as_user, rui, settings):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"writes": (100, 86_400, 0)}
    api = as_user(rui)
    answers = at_once([lambda: [api.post("/v1/incidents", "{").status_code for _ in range(10)]] * 30)

    assert Counter(itertools.chain(*answers)) == {400: 100, 429: 200}


@pytest.mark.parametrize("second", range(5))
def test_retry_after_is_the_shortest_wait_that_succeeds(as_user, rui, settings, clock, second):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"writes": (1, 5, 0)}
    api, clock.now = as_user(rui), Clock.now + second + 0.5
    write(api)
    refused = write(api)
    wait = int(refused["Retry-After"])
    clock.now += wait - 1
    early = write(api)
    clock.now += 1
    in_time = write(api)

    assert [answer.status_code for answer in (refused, early, in_time)] == [429, 429, 201]
    assert 1 <= wait <= 5


def test_across_an_edge_a_caller_has_two_budgets_and_no_more(as_user, rui, settings, clock):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"writes": (2, 60, 0)}
    api = as_user(rui)
    clock.now += budget(write(api))[1] - 1  # the last second of a window
    before = [write(api).status_code for _ in range(2)]
    clock.now += 1
    after = [write(api).status_code for _ in range(3)]

    assert before == [201, 429]
    assert after == [201, 201, 429]


def test_a_counter_without_an_end_blocks_nobody_for_ever(as_user, rui, settings, clock):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"writes": (2, 60, 0)}
    settings.RATE_LIMIT_CALLERS_PER_ADDRESS = 0
    api, redis = as_user(rui), cache.client.get_client()
    write(api)
    (counter,) = redis.keys("rl:*")
    redis.set(counter, 1_000_000)  # as a client would leave it that died between INCR and EXPIRE
    blocked = write(api)
    clock.now += int(blocked["Retry-After"])

    assert blocked.status_code == 429
    assert write(api).status_code == 201


def test_a_counter_ends_with_its_window(as_user, rui, clock):
    write(as_user(rui))
    redis = cache.client.get_client()

    assert [0 < redis.ttl(counter) <= 60 for counter in redis.keys("rl:*")] == [True, True]  # hers, and her address's


@pytest.fixture
def no_redis(settings):
    settings.CACHES = settings.CACHES | {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}


def test_without_redis_writes_pass_uncounted_and_that_is_logged(as_user, rui, small, no_redis, caplog):
    answers = [write(as_user(rui)) for _ in range(LIMIT + 2)]

    assert [answer.status_code for answer in answers] == [201] * (LIMIT + 2)
    assert not any({"RateLimit", "RateLimit-Policy"} & set(answer.headers) for answer in answers)
    assert [record.message for record in caplog.records].count("rate_limit_not_counted") == LIMIT + 2


def test_a_redis_that_stops_and_comes_back_changes_nothing_else(as_user, rui, small, settings):
    api, there = as_user(rui), settings.CACHES
    before = write(api)
    settings.CACHES = there | {"default": {**there["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    meanwhile = [write(api) for _ in range(LIMIT + 1)]
    settings.CACHES = there
    redis_cache.breaker.reset()
    after = [write(api) for _ in range(LIMIT)]

    assert [answer.status_code for answer in [before, *meanwhile, *after]] == [201] * 7 + [429]
    assert not any("RateLimit" in answer for answer in meanwhile)
    assert [budget(answer)[0] for answer in after] == [1, 0, 0]


def test_a_counter_that_holds_no_number_blocks_nobody(as_user, rui, small):
    api, redis = as_user(rui), cache.client.get_client()
    write(api)
    for counter in redis.keys("rl:*"):
        redis.set(counter, "many")

    assert [write(api).status_code for _ in range(LIMIT + 1)] == [201] * (LIMIT + 1)


def test_limits_can_be_switched_off_for_load_tests(as_user, rui, small, settings):
    settings.RATE_LIMITS_ENABLED = False
    answers = [write(as_user(rui)) for _ in range(LIMIT + 2)]

    assert [answer.status_code for answer in answers] == [201] * (LIMIT + 2)
    assert not any("RateLimit" in answer for answer in answers)


@pytest.fixture
def from_address(as_user, settings, small):
    """The API as anybody on an open service sees it, from an address."""
    settings.API_ANONYMOUS_ROLE = "responder"

    def make(address: str):
        api = as_user()
        api.client.defaults["REMOTE_ADDR"] = address
        return api

    return make


def test_who_is_nobody_is_counted_by_address(from_address):
    one = [write(from_address("192.0.2.1")).status_code for _ in range(LIMIT + 1)]

    assert one == [201, 201, 201, 429]
    assert write(from_address("192.0.2.2")).status_code == 201


def test_headers_that_anybody_may_write_gain_nothing(from_address):
    api = from_address("192.0.2.1")
    spoofs = [dict.fromkeys(("X_Forwarded_For", "X_Real_IP", "Client_IP"), f"198.51.100.{n}") for n in range(200)]

    statuses = [write(api, **spoof, Forwarded=f"for=198.51.100.{n}").status_code for n, spoof in enumerate(spoofs)]

    assert statuses == [201] * LIMIT + [429] * 197


def test_a_sweep_through_ones_own_ipv6_network_gains_nothing(from_address):
    statuses = [write(from_address(f"2001:db8:1:2::{n:x}")).status_code for n in range(50)]

    assert statuses == [201] * LIMIT + [429] * 47
    assert write(from_address("2001:db8:1:3::1")).status_code == 201


def test_behind_a_trusted_proxy_the_last_untrusted_hop_counts(from_address, settings):
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    api = from_address("10.0.0.1")
    statuses = [write(api, X_Forwarded_For=f"203.0.113.{n}, 192.0.2.1, 10.0.0.9").status_code for n in range(LIMIT + 1)]

    assert statuses == [201, 201, 201, 429]
    assert write(api, X_Forwarded_For="192.0.2.2").status_code == 201
