"""Callers that come at the same moment, each with a connection of its own."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

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
