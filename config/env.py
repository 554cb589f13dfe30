"""Reads the environment for settings.py: a wrong value stops the start with a sentence that names it."""

import ipaddress
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

import environ  # type: ignore[import-untyped]  # it has no types

T = TypeVar("T")
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

reader = environ.Env()


def stop(sentence: str) -> NoReturn:
    sys.stderr.write(f"{sentence}\n")
    raise SystemExit(1)


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def read(name: str, default: T, parse: Callable[[str], T], expected: str) -> T:
    """The variable, parsed; unset or empty means the default."""
    value = text(name)
    if not value:
        return default
    try:
        return parse(value)
    except ValueError:
        stop(f"{name}={value!r} is not valid: it must be {expected}.")


def integer(name: str, default: int, *, at_least: int = 1, at_most: int = 2**31) -> int:
    def parse(value: str) -> int:
        number = int(value)
        if not at_least <= number <= at_most:
            raise ValueError
        return number

    return read(name, default, parse, f"a whole number from {at_least} to {at_most}")


def flag(name: str, default: bool) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}

    def parse(value: str) -> bool:
        if value.lower() not in words:
            raise ValueError
        return words[value.lower()]

    return read(name, default, parse, "1 or 0")


def choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError
        return value

    return read(name, default, parse, f"one of {', '.join(c for c in choices if c)}")


def words(name: str, default: list[str]) -> list[str]:
    return [word.strip() for word in text(name).split(",") if word.strip()] or default


def networks(name: str) -> list[IPNetwork]:
    def parse(value: str) -> list[IPNetwork]:
        return [ipaddress.ip_network(word.strip()) for word in value.split(",") if word.strip()]

    return read(name, [], parse, "a comma-separated list of addresses or CIDR ranges")


def http_url(name: str, default: str) -> str:
    def parse(value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError
        return value.rstrip("/")

    return read(name, default, parse, "an http:// or https:// address without a path")


def window_seconds(name: str, default_ms: int) -> int:
    def parse(value: str) -> int:
        seconds, rest = divmod(int(value), 1000)
        if rest or seconds < 1:
            raise ValueError
        return seconds

    return read(name, default_ms // 1000, parse, "milliseconds, a multiple of 1000")


def secret(name: str, default: str) -> str:
    """The variable, or the content of the file that <name>_FILE points at."""
    path = text(f"{name}_FILE")
    if not path:
        return text(name, default)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        stop(f"{name}_FILE={path!r} cannot be read: {error.strerror}.")


def database(url: str) -> dict[str, Any]:
    """Django's DATABASES entry for a PostgreSQL address; options of the query string go to libpq."""
    scheme = urlsplit(url).scheme
    if scheme not in ("postgresql", "postgres"):
        stop(f"DATABASE_URL begins with {scheme!r}: it must begin with postgresql://; no other database is supported.")
    config: dict[str, Any] = dict(reader.db_url_config(url))
    return {**config, "ENGINE": "core.postgres", "OPTIONS": config.get("OPTIONS", {})}
