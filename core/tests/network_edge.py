"""What this process connects to, seen by Python itself; and a DNS that answers as a test says."""

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_seen: list[Any] | None = None


def _look(event: str, args: tuple[Any, ...]) -> None:
    if event == "socket.connect" and _seen is not None:
        _seen.append(args[1])
        if args[1][0] != "::1" and not args[1][0].startswith("127."):
            raise ConnectionRefusedError  # nothing leaves this machine, whatever the code under test does


sys.addaudithook(_look)  # there is no way to remove one: hence the switch


@contextmanager
def connects() -> Iterator[list[Any]]:
    """The peers of all connections that are tried from here on."""
    global _seen
    _seen = []
    try:
        yield _seen
    finally:
        _seen = None


class Names:
    """In the place of getaddrinfo. An answer is a list of addresses, none, or a function that gives one of these."""

    def __init__(self, default: Any = None) -> None:
        self.default = default
        self.answers: dict[str, Any] = {}
        self.asked: list[str] = []

    def getaddrinfo(self, host: str, port: object, **_: object) -> list[tuple[Any, ...]]:
        self.asked.append(host)
        answer = self.answers.get(host, self.default)
        found = answer() if isinstance(answer, Callable) else answer
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET6 if ":" in each else socket.AF_INET, 1, 6, "real.example", (each, 0)) for each in found]
