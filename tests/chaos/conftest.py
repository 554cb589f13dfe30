"""One bench a scenario, counts for everyday and for the long run, and a line for each into bench/results."""

import ipaddress
import json
import os
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_django.plugin import DjangoDbBlocker

from tests.chaos import bench as benches
from tests.chaos.bench import Bench
from tests.live_server import ROOT

# `make chaos-long`: the counts that RELIABILITY names; else some seconds each.
IS_LONG = os.environ.get("CHAOS") == "long"
RESULTS = ROOT / "bench" / "results" / "deliveries.jsonl"


@pytest.fixture
def counts() -> Callable[[int, int], int]:
    """`counts(10, 200)`: the first every day, the second in the long run."""
    return lambda short, long: long if IS_LONG else short


@pytest.fixture
def bench(tmp_path: Path, settings: Any, django_db_blocker: DjangoDbBlocker) -> Iterator[Bench]:
    settings.SECRET_KEY = secrets.token_urlsafe(48)  # production refuses that of development
    settings.WEBHOOK_ALLOW_HTTP = True
    settings.WEBHOOK_ALLOW_CIDRS = [ipaddress.ip_network("127.0.0.0/8")]
    with django_db_blocker.unblock(), benches.bench(tmp_path) as running:
        yield running


@pytest.fixture
def publish(request: pytest.FixtureRequest) -> Callable[..., None]:
    began = time.monotonic()

    def write(**figures: Any) -> None:
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
        line = {"scenario": request.node.name, "at": datetime.now(UTC).isoformat(), "commit": commit.stdout.strip()}
        line |= {"long": IS_LONG, "load": os.getloadavg()[0], "seconds": round(time.monotonic() - began), **figures}
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        with RESULTS.open("a") as file:
            file.write(f"{json.dumps(line)}\n")

    return write
