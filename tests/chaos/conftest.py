"""One bench a scenario, counts for three forms of the run, and a line for each scenario into bench/results."""

import ipaddress
import json
import os
import random
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

# Some seconds each, all that RELIABILITY counts, or for as long as it says, too.
FORM = os.environ.get("CHAOS", "short")
SEED = int(os.environ.setdefault("CHAOS_SEED", "1"))
RUN = datetime.now(UTC).isoformat(timespec="seconds")
RESULTS = ROOT / "bench" / "results" / "chaos.jsonl"
VERDICT = pytest.StashKey[str]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if FORM == "short" and item.get_closest_marker("thorough")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if report.when == "call":
        item.stash[VERDICT] = report.outcome
    return report


@pytest.fixture(autouse=True)
def same_chance() -> None:
    random.seed(SEED)


@pytest.fixture
def counts() -> Callable[..., int]:
    """`counts(10, 40, 200)`: for `make chaos-short`, `make chaos` and `make chaos-long`; two, and the last is as the
    second."""

    def of_this_form(short: int, full: int, long: int | None = None) -> int:
        return {"short": short, "full": full, "long": full if long is None else long}[FORM]

    return of_this_form


@pytest.fixture
def bench(tmp_path: Path, settings: Any, django_db_blocker: DjangoDbBlocker) -> Iterator[Bench]:
    settings.SECRET_KEY = secrets.token_urlsafe(48)  # production refuses that of development
    settings.WEBHOOK_ALLOW_HTTP = True
    settings.WEBHOOK_ALLOW_CIDRS = [ipaddress.ip_network("127.0.0.0/8")]
    with django_db_blocker.unblock(), benches.bench(tmp_path) as running:
        yield running


@pytest.fixture
def publish(request: pytest.FixtureRequest) -> Iterator[Callable[..., None]]:
    """Figures for the line of this scenario, which is written when it is over, whatever came of it."""
    began, told = time.monotonic(), {}
    yield told.update
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    line = {"scenario": request.node.name, "verdict": request.node.stash.get(VERDICT, "failed"), "run": RUN}
    line |= {"form": FORM, "seed": SEED, "commit": commit.stdout.strip(), "at": datetime.now(UTC).isoformat()}
    line |= {
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "seconds": round(time.monotonic() - began),
        **told,
    }
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    with RESULTS.open("a") as file:
        file.write(f"{json.dumps(line)}\n")
