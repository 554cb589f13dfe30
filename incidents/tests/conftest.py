"""What the incident tests share: short ways to open, to list and to do many things at the same moment."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from incidents import services
from incidents.models import Incident


@pytest.fixture
def unlimited(settings: Any) -> None:
    """For tests that write more than a minute's budget."""
    settings.RATE_LIMITS_ENABLED = False


@pytest.fixture
def opened(rui: Any) -> Callable[..., Incident]:
    """`opened(title="…")` is an incident of Rui's, P2 unless said otherwise."""

    def make(**fields: Any) -> Incident:
        return services.open_incident(**{"title": "Disk full", "severity": "P2", "actor": rui, **fields})

    return make


def results(response: Any) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.content
    found: list[dict[str, Any]] = response.json()["results"]
    return found


def numbers(response: Any) -> list[int]:
    return [row["number"] for row in results(response)]


def pages(api: Any, path: str, direction: str = "next") -> Iterator[list[dict[str, Any]]]:
    """The rows of each page from `path` on, as a client meets them that follows the links."""
    for _ in range(200):
        answer = api.get(path)
        yield results(answer)
        path = answer.json()[direction]
        if path is None:
            return
    raise AssertionError("the pages do not end")


def named(response: Any, *fields: str) -> bool:
    """A refusal of the contract's shape that names exactly these fields."""
    body = response.json()
    return (
        response.status_code == 400
        and body["code"] == "VALIDATION_ERROR"
        and body["request_id"] == response["X-Request-ID"]
        and set(body["details"]) == set(fields)
    )


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run each call in a thread of its own, all released at the same moment; their answers in order."""
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        gate.wait(10)
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(30) for future in [pool.submit(run, call) for call in calls]]
