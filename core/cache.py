"""How django-redis uses Redis here: raw bytes, plain keys, and a breaker, since a frozen Redis must cost nothing."""

import contextlib
import logging
import threading
import time
from typing import Any

from django.core.cache import cache
from django_redis.serializers.base import BaseSerializer  # type: ignore[import-untyped]  # django-redis has no types
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from core import metrics

logger = logging.getLogger(__name__)

SET_AND_DELETE = """
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('DEL', unpack(KEYS, 2))
"""

PAUSE_SECONDS = 0.5
FAILURES = 3
FAILURES_WITHIN_SECONDS = 10
OPEN_SECONDS = 5
HEARSAY_SECONDS = 60


class Breaker:
    """After a failure nobody asks for a moment, after three within ten seconds for five; then one caller probes.

    Without that moment one request, which asks several times, would pay for each of the three.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        self.failures: list[float] = []
        self.open_until = 0.0
        self.is_away = False

    def refuses(self) -> bool:
        if not self.open_until:
            return False
        with self.lock:
            now = time.monotonic()
            if now < self.open_until:
                return True
            if self.open_until:
                self.open_until = now + OPEN_SECONDS  # for all but this caller, who probes
            return False

    def failed(self) -> None:
        with self.lock:
            now = time.monotonic()
            self.failures = [at for at in self.failures if now - at < FAILURES_WITHIN_SECONDS]
            self.failures.append(now)
            if len(self.failures) >= FAILURES and not self.is_away:
                self.is_away = True
                logger.warning("redis_away")
            self.open_until = now + (OPEN_SECONDS if self.is_away else PAUSE_SECONDS)

    def succeeded(self) -> None:
        if not self.open_until:
            return
        with self.lock:
            if self.is_away:
                logger.warning("redis_back")
                self.reset()
            self.open_until = 0.0


breaker = Breaker()


def is_away() -> bool:
    """As it was lately: a process that has not asked since cannot know that Redis is back."""
    return breaker.is_away and time.monotonic() < breaker.open_until + HEARSAY_SECONDS


metrics.sampled("incidents_redis_away", "1 while processes do without Redis.", is_away, mode="livemax")
metrics.each_time(lambda seconds: metrics.redis_away_seconds.inc(seconds if is_away() else 0))


class BreakerRedis(Redis):
    def execute_command(self, *args: Any, **options: Any) -> Any:
        if breaker.refuses():
            raise RedisConnectionError("the breaker is open")
        began = time.monotonic()
        try:
            answer = super().execute_command(*args, **options)  # type: ignore[no-untyped-call]  # redis-py's own
        except (RedisConnectionError, RedisTimeoutError) as error:
            breaker.failed()
            logger.warning("redis_failed", extra={"error": type(error).__name__})
            metrics.redis_errors.labels(type(error).__name__).inc()
            raise
        except ResponseError:  # a refusal is an answer, too
            breaker.succeeded()
            raise
        finally:
            metrics.redis_seconds.observe(time.monotonic() - began)
        breaker.succeeded()
        return answer


class RawSerializer(BaseSerializer):  # type: ignore[misc]  # as above
    """Stores the bytes it is given, so that redis-cli shows what a client would get."""

    def dumps(self, value: Any) -> bytes:
        return bytes(value)

    def loads(self, value: bytes) -> Any:
        return value


# For what is asked for all the time, without the layers of django-redis, which cost a third of a call. A failure is
# passed over, as there; the breaker has logged it.


def client() -> Any:
    return cache.client.get_client(write=True)  # type: ignore[attr-defined]  # django-redis


def get(key: str) -> bytes | None:
    with contextlib.suppress(RedisError):
        found: bytes | None = client().get(key)
        return found
    return None


def get_many(keys: list[str]) -> dict[str, bytes]:
    """What there is under these keys, in one trip."""
    with contextlib.suppress(RedisError):
        found = client().mget(keys) if keys else []
        return {key: value for key, value in zip(keys, found, strict=True) if value is not None}
    return {}


def put(key: str, value: bytes, seconds: int) -> None:
    with contextlib.suppress(RedisError):
        client().set(key, value, ex=seconds)


def delete(key: str) -> None:
    with contextlib.suppress(RedisError):
        client().delete(key)


def set_and_delete(key: str, value: bytes, seconds: int, stale: list[str]) -> None:
    """In one trip: to go there costs more than what is done there."""
    with contextlib.suppress(RedisError):
        client().eval(SET_AND_DELETE, 1 + len(stale), key, *stale, value, seconds)


def version() -> str:
    """Of the server; empty while it is away. Valkey calls itself redis_version, too, by the Redis that it replaces."""
    with contextlib.suppress(RedisError):
        found = client().info("server")
        return f"Valkey {found['valkey_version']}" if "valkey_version" in found else f"Redis {found['redis_version']}"
    return ""


def identity_key(key: str, prefix: str, version: int) -> str:
    return key


def identity_reverse_key(key: str) -> str:
    return key
