"""A read that begins after a write was answered never shows what was before it, whatever Redis goes through (H15)."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from core.tests.fault_bench import frozen, kill
from core.tests.front_server import Client
from tests.chaos import kept, oracle
from tests.chaos.bench import Bench
from tests.chaos.crowd import PATIENCE_SECONDS, request, told
from tests.chaos.web import Web

pytestmark = pytest.mark.fault
READERS, WRITERS = 4, 2
INCIDENTS = 3
Counts = Callable[..., int]


class Answered:
    """What the last answered writes have left of each incident: a read that begins now must show at least this."""

    def __init__(self, web: Web, paths: list[str], seconds: float) -> None:
        self.web, self.paths = web, paths
        self.versions = dict.fromkeys(paths, 1)
        self.lock = threading.Lock()
        self.ends = time.monotonic() + seconds
        self.seen: Counter[str] = Counter()
        self.older: list[str] = []

    def runs(self) -> bool:
        return time.monotonic() < self.ends

    def was_written(self, path: str, version: int) -> None:
        with self.lock:
            self.versions[path] = max(self.versions[path], version)

    def was_read(self, path: str, at_least: int, version: int, how: str) -> None:
        with self.lock:
            self.seen[how] += 1
            if version < at_least:
                self.older.append(f"{path}: {version} after {at_least} was answered, {how}")


def turns(answered: Answered) -> Iterator[tuple[Client, str]]:
    with closing(Client(answered.web.port, PATIENCE_SECONDS)) as client:
        while answered.runs():
            yield client, random.choice(answered.paths)  # noqa: S311  no secret hangs on it


def read(answered: Answered) -> None:
    for client, path in turns(answered):
        at_least = answered.versions[path]
        client.send(request("GET", path, Authorization=f"Bearer {answered.web.token}"))
        answer = told(client, 0)
        assert answer.status == 200, answer
        assert len(answer.body["events"]) == min(200, answer.body["version"])
        answered.was_read(path, at_least, answer.body["version"], answer.headers["x-cache"])


def write(answered: Answered) -> None:
    for number, (client, path) in enumerate(turns(answered)):
        authorization = f"Bearer {answered.web.token}"
        client.send(request("PATCH", path, {"title": f"title {number}"}, Authorization=authorization))
        edited = told(client, 0)
        answered.was_written(path, edited.body["version"])
        client.send(request("POST", f"{path}/comments", {"body": "Looking"}, Authorization=authorization))
        commented = told(client, 0)
        assert (edited.status, commented.status) == (200, 201), (edited, commented)
        answered.was_written(path, edited.body["version"] + 1)
        time.sleep(random.uniform(0, 0.05))  # noqa: S311  the same


def trouble(bench: Bench, answered: Answered) -> Counter[str]:
    """What befalls Redis: it is frozen, or killed, for a moment or for a while."""
    met: Counter[str] = Counter()
    while answered.runs():
        time.sleep(random.uniform(1, 3))  # noqa: S311  the same
        what = random.choice(["frozen", "killed"])  # noqa: S311  the same
        met[what] += 1
        if what == "frozen":
            with frozen(bench.valkey):
                time.sleep(random.uniform(0.05, 1.5))  # noqa: S311  the same
        else:
            kill(bench.valkey)
            time.sleep(random.uniform(0, 1))  # noqa: S311  the same
            bench.valkey.start()
    return met


def test_no_read_shows_what_was_older_than_the_last_answered_write_when_it_began(
    bench: Bench, counts: Counts, publish: Callable[..., None]
) -> None:
    with bench.web(DJANGO_SETTINGS_MODULE="tests.chaos.web_settings", PAUSES="1") as web:
        paths = [web.open_incident().headers["location"] for _ in range(INCIDENTS)]
        answered = Answered(web, paths, seconds=counts(8, 60, 300))
        with ThreadPoolExecutor(READERS + WRITERS) as clients:
            running = [clients.submit(read, answered) for _ in range(READERS)]
            running += [clients.submit(write, answered) for _ in range(WRITERS)]
            met = trouble(bench, answered)
            for each in running:
                each.result(30)
        reads, writes = answered.seen.total(), sum(answered.versions.values())
        publish(reads=reads, hits=answered.seen["HIT"], writes=writes, **met, older=len(answered.older))
        assert answered.older == []
        assert bench.becomes(lambda: all(web.get(path).headers["x-cache"] == "HIT" for path in paths), 20)
        kept.what_is_cached_is_so(bench, web)

    kept.every_history_leads_to_what_is()
    oracle.logs_are_clean(bench, ())
    assert answered.seen["HIT"] > reads / 20
    assert min(answered.versions.values()) > counts(10, 60, 300)
