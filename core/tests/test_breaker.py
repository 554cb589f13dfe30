"""When Redis is asked, and when it is left alone."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.core.cache import cache as django_cache
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from core import cache
from core.cache import OPEN_SECONDS, PAUSE_SECONDS, Breaker


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """The clock stands still but for this."""
    now = [1000.0]
    monkeypatch.setattr("core.cache.time", SimpleNamespace(monotonic=lambda: now[0]))

    def wait(seconds: float) -> None:
        now[0] += seconds

    return wait


def test_after_a_failure_nobody_asks_for_a_moment_and_then_one(wait: Callable[[float], None]) -> None:
    breaker = Breaker()
    breaker.failed()
    assert breaker.refuses()

    wait(PAUSE_SECONDS)
    assert [breaker.refuses() for _ in range(3)] == [False, True, True]

    breaker.succeeded()
    assert not breaker.refuses()


def test_after_three_failures_nobody_asks_for_five_seconds_and_again_after_a_vain_probe(
    wait: Callable[[float], None],
) -> None:
    breaker = Breaker()
    for _ in range(3):
        breaker.failed()
        wait(PAUSE_SECONDS)

    for _ in range(4):
        wait(OPEN_SECONDS - PAUSE_SECONDS - 0.1)
        assert breaker.refuses()
        wait(0.1)
        assert not breaker.refuses()
        breaker.failed()
        wait(PAUSE_SECONDS)


def test_failures_count_though_successes_lie_between(wait: Callable[[float], None]) -> None:
    breaker = Breaker()
    for _ in range(2):
        breaker.failed()
        wait(PAUSE_SECONDS)
        assert not breaker.refuses()
        breaker.succeeded()

    breaker.failed()
    wait(PAUSE_SECONDS)
    assert breaker.refuses()


def test_failures_that_lie_far_apart_do_not_count(wait: Callable[[float], None]) -> None:
    breaker = Breaker()
    for _ in range(5):
        breaker.failed()
        wait(6)
        assert not breaker.refuses()
        breaker.succeeded()

    assert not breaker.is_away


def test_an_open_breaker_lets_no_command_through_and_the_first_answer_closes_it(wait: Callable[[float], None]) -> None:
    redis = django_cache.client.get_client()
    for _ in range(3):
        cache.breaker.failed()
    with pytest.raises(RedisConnectionError, match="breaker is open"):
        redis.ping()

    wait(OPEN_SECONDS)
    with pytest.raises(ResponseError):
        redis.execute_command("NO SUCH COMMAND")
    assert redis.ping()
    assert not cache.breaker.is_away


def test_a_process_that_has_not_asked_for_a_minute_does_not_say_that_redis_is_away(
    wait: Callable[[float], None],
) -> None:
    for _ in range(3):
        cache.breaker.failed()
    assert cache.is_away()

    wait(OPEN_SECONDS + 50)
    assert cache.is_away()
    wait(20)
    assert not cache.is_away()
