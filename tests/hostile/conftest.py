"""Engines for all of it, and a service for each module, which must stand there afterwards as if nothing had been."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.tests import fault_bench
from core.tests.fault_bench import Bench
from tests.hostile import figures as written
from tests.hostile import world as worlds
from tests.hostile.service import FAULTS, Service
from tests.hostile.wire import Wire
from tests.hostile.world import World


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


@pytest.fixture(scope="module")
def world(ada: Wire) -> World:
    return worlds.make(ada)


@pytest.fixture(scope="module", autouse=True)
def figures(request: pytest.FixtureRequest, service: Service) -> Iterator[dict[str, int]]:
    """What a module has counted goes out as a line, with what the service did."""
    counted: dict[str, int] = {}
    began, before, failed = time.monotonic(), service.memory_mb(), request.session.testsfailed
    yield counted
    answers = service.answers()
    sums = {"answers": len(answers), "faults": sum(answer.status in FAULTS for answer in answers)}
    sums |= {"failed": request.session.testsfailed - failed, "harm": len(service.harm())}
    memory = {"memory_mb_before": round(before), "memory_mb_after": round(service.memory_mb())}
    took = round(time.monotonic() - began)
    written.write(request.module.__name__.rpartition(".")[2], seconds=took, **sums, **memory, **counted)
