"""Engines for all of it, and a service for each module, which must stand there afterwards as if nothing had been."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.tests import fault_bench
from core.tests.fault_bench import Bench
from tests.hostile.service import Service
from tests.hostile.wire import Wire
from tests.live_server import ROOT

RESULTS = ROOT / "bench" / "results" / "hostile.jsonl"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("fuzz")


@pytest.fixture(scope="session")
def bench() -> Iterator[Bench]:
    with fault_bench.bench() as running:
        yield running


@pytest.fixture(scope="module")
def service(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(bench, tmp_path_factory.mktemp("hostile")) as running:
        yield running
        assert running.harm() == []


@pytest.fixture(scope="module")
def ada(service: Service) -> Wire:
    """The API as the administrator calls it."""
    return service.wire()


@pytest.fixture
def publish(request: pytest.FixtureRequest) -> Callable[..., None]:
    """A line of figures for each test that has some."""
    began = time.monotonic()

    def write(**figures: Any) -> None:
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
        line = {"scenario": request.node.name, "at": datetime.now(UTC).isoformat(), "commit": commit.stdout.strip()}
        line |= {"load": os.getloadavg()[0], "seconds": round(time.monotonic() - began), **figures}
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        with RESULTS.open("a") as file:
            file.write(f"{json.dumps(line)}\n")

    return write
