"""Reads the environment for settings.py: a wrong value stops the start with a sentence that names it."""

import ipaddress
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from urllib.parse import SplitResult, urlsplit

import environ  # type: ignore[import-untyped]  # it has no types

T = TypeVar("T")
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

HOST = re.compile(r"\*|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\]", re.ASCII)
LONGEST_WINDOW_SECONDS = 24 * 3600

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


def share(name: str, default: float) -> float:
    def parse(value: str) -> float:
        number = float(value)
        if not 0 <= number <= 1:
            raise ValueError
        return number

    return read(name, default, parse, "a number from 0 to 1")


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


def several(value: str) -> list[str]:
    """What stands between the commas."""
    return [word.strip() for word in value.split(",") if word.strip()]


def words(name: str, default: list[str]) -> list[str]:
    return several(text(name)) or default


def choices(name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """The named ones of those that there are, comma-separated; by default none."""

    def parse(value: str) -> tuple[str, ...]:
        found = tuple(several(value))
        if not set(found) <= set(known):
            raise ValueError
        return found

    return read(name, (), parse, f"some of {', '.join(known)}, comma-separated")


def pairs(name: str, known: tuple[str, ...]) -> dict[str, str]:
    """left=right, comma-separated, where every right side is one of those that there are; by default none."""

    def parse(value: str) -> dict[str, str]:
        found = dict(part.rsplit("=", 1) for part in several(value))
        if not set(found.values()) <= set(known) or "" in found:
            raise ValueError
        return found

    return read(name, {}, parse, f"comma-separated pairs like some-group={known[0]}, of {', '.join(known)}")


def networks(name: str, default: str = "") -> list[IPNetwork]:
    def parse(value: str) -> list[IPNetwork]:
        return [ipaddress.ip_network(word) for word in several(value)]

    return read(name, parse(default), parse, "a comma-separated list of addresses or CIDR ranges")


def ports(name: str) -> frozenset[int]:
    def parse(value: str) -> frozenset[int]:
        found = frozenset(map(int, several(value)))
        if not all(1 <= port <= 65535 for port in found):
            raise ValueError
        return found

    return read(name, frozenset(), parse, "comma-separated ports from 1 to 65535")


def hosts(name: str, default: list[str]) -> list[str]:
    def parse(value: str) -> list[str]:
        found = several(value)
        if not all(map(HOST.fullmatch, found)):
            raise ValueError
        return found

    return read(name, default, parse, "a comma-separated list of host names, without http:// and without ports")


def http_url(name: str, default: str) -> str:
    def parse(value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not has_host_alone(parts):
            raise ValueError
        return value.rstrip("/")

    return read(name, default, parse, "an http:// or https:// address without a path")


def issuer(name: str) -> str:
    """An address that may have a path; by default none."""

    def parse(value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError
        return value.rstrip("/")

    return read(name, "", parse, "an http:// or https:// address")


def service_url(name: str, value: str) -> str:
    """The value, which may hold a secret and is therefore never shown, if it is empty or an address."""
    try:
        parts = urlsplit(value)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    return value if fits or not value else stop(f"{name} is not valid: it must be an http:// or https:// address.")


def has_host_alone(parts: SplitResult) -> bool:
    """Raises ValueError for a port that is none."""
    rest = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    return bool(parts.hostname) and parts.port != 0 and not rest


def window_seconds(name: str, default_ms: int) -> int:
    def parse(value: str) -> int:
        seconds, rest = divmod(int(value), 1000)
        if rest or not 1 <= seconds <= LONGEST_WINDOW_SECONDS:
            raise ValueError
        return seconds

    return read(name, default_ms // 1000, parse, "milliseconds, a multiple of 1000, at most a day")


def secret(name: str, default: str) -> str:
    """The variable, or the content of the file that <name>_FILE points at."""
    path = text(f"{name}_FILE")
    if not path:
        return text(name, default)
    try:
        content = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError) as error:
        stop(f"{name}_FILE={path!r} cannot be read: {getattr(error, 'strerror', 'it is not text')}.")
    return content or stop(f"{name}_FILE={path!r} holds nothing.")


def database(url: str) -> dict[str, Any]:
    """Django's DATABASES entry for a PostgreSQL address; options of the query string go to libpq."""
    if not engine("DATABASE_URL", url, ("postgresql", "postgres")).path.strip("/") and "service=" not in url:
        stop("DATABASE_URL names no database: write it at the end, postgresql://user@host/database.")
    config: dict[str, Any] = dict(reader.db_url_config(url))
    return {**config, "ENGINE": "core.postgres", "OPTIONS": config.get("OPTIONS", {})}


def redis(url: str) -> str:
    engine("REDIS_URL", url, ("redis", "rediss", "unix"))
    return url


def engine(name: str, url: str, schemes: tuple[str, ...]) -> SplitResult:
    """The parts of an address that may hold a password, and is therefore never shown."""
    try:
        parts = urlsplit(url)
        has_port = parts.port != 0
    except ValueError:
        has_port = False
    if not has_port:
        stop(f"{name} is not an address: its host or its port is none.")
    if parts.scheme not in schemes:
        known = " or ".join(f"{scheme}://" for scheme in schemes)
        stop(f"{name} begins with {parts.scheme!r}: it must begin with {known}.")
    return parts
