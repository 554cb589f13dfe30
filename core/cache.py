"""How django-redis uses Redis here: raw bytes, plain keys, and a breaker, since a frozen Redis must cost nothing."""

import logging
import threading
import time
from typing import Any

from django_redis.serializers.base import BaseSerializer
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

logger = logging.getLogger(__name__)

FAILURES = 3
FAILURES_WITHIN_SECONDS = 10
OPEN_SECONDS = 5


class Breaker:
    """After three failures within ten seconds nobody asks for five seconds; then one caller probes."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.failures: list[float] = []
        self.open_until = 0.0

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
            if len(self.failures) >= FAILURES and not self.open_until:
                self.open_until = now + OPEN_SECONDS
                logger.warning("redis_away")

    def succeeded(self) -> None:
        if self.open_until or self.failures:
            with self.lock:
                if self.open_until:
                    logger.warning("redis_back")
                self.failures, self.open_until = [], 0.0


breaker = Breaker()


class BreakerRedis(Redis):
    def execute_command(self, *args: Any, **options: Any) -> Any:
        if breaker.refuses():
            raise RedisConnectionError("the breaker is open")
        try:
            answer = super().execute_command(*args, **options)
        except (RedisConnectionError, RedisTimeoutError) as error:
            breaker.failed()
            logger.warning("redis_failed", extra={"error": type(error).__name__})
            raise
        breaker.succeeded()
        return answer


class RawSerializer(BaseSerializer):
    """Stores the bytes it is given, so that redis-cli shows what a client would get."""

    def dumps(self, value: Any) -> bytes:
        return bytes(value)

    def loads(self, value: bytes) -> Any:
        return value


def identity_key(key: str, prefix: str, version: int) -> str:
    return key


def identity_reverse_key(key: str) -> str:
    return key
