"""Callers that come at the same moment, each with a connection of its own; what the service logs; where names lead."""

import ipaddress
import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import Any

import pytest
from django.db import connections

from core import logs
from core.tests.network_edge import Names

PATIENCE_SECONDS = 30


@pytest.fixture
def at_once(transactional_db: None) -> Callable[[Sequence[Callable[[], Any]]], list[Any]]:
    """Run every call in a thread, all from the same moment on; what they return, in their order."""

    def run(calls: Sequence[Callable[[], Any]]) -> list[Any]:
        start = threading.Barrier(len(calls))

        def wait_and_call(call: Callable[[], Any]) -> Any:
            start.wait(PATIENCE_SECONDS)
            try:
                return call()
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(calls)) as threads:
            return list(threads.map(wait_and_call, calls, timeout=PATIENCE_SECONDS))

    return run


@pytest.fixture
def log_text() -> Iterator[StringIO]:
    """All that the service logs from here on, as it would stand on stderr."""
    (handler,) = (each for each in logging.getLogger().handlers if isinstance(each.formatter, logs.JSONFormatter))
    text = StringIO()
    before = handler.setStream(text)
    yield text
    handler.setStream(before)


@pytest.fixture
def log_lines(log_text: StringIO) -> Callable[[], list[dict[str, Any]]]:
    return lambda: [json.loads(line) for line in log_text.getvalue().split("\n")[:-1]]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """DNS as the test says: every name has a public address, until told otherwise."""
    found = Names(default=["93.184.215.14"])
    monkeypatch.setattr(socket, "getaddrinfo", found.getaddrinfo)
    return found


@pytest.fixture
def on_loopback(settings: Any) -> None:
    """Receivers of a test are allowed: http, and 127.0.0.1 alone of all loopback."""
    settings.WEBHOOK_ALLOW_HTTP = True
    settings.WEBHOOK_ALLOW_CIDRS = [ipaddress.ip_network("127.0.0.1/32")]
