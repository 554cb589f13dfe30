"""The whole service on engines that a test may kill and freeze, and clients that note what they met."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from core.embedded import temporary
from core.embedded.engines import Engine, PostgreSQL, Valkey
from core.tests.front_server import BARE, ROOT, Server
from tests.live_server import becomes_true

WATCHDOG_SECONDS = 3  # 12 where it is not set: a test of ours must not take as long
NO_ANSWER = 0


class Answer(NamedTuple):
    method: str
    path: str
    status: int
    headers: dict[str, str]
    body: Any
    seconds: float


PREPARE = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("create_admin", "admin@example.com", verbosity=0)
call_command("create_token", "admin@example.com", scope="admin")
"""


class Bench:
    """Engines with the tables in them, and an administrator's token; made here unless one is given."""

    def __init__(self, postgres: PostgreSQL, valkey: Valkey, token: str = "") -> None:
        self.postgres = postgres
        self.valkey = valkey
        self.variables = {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": postgres.url,
            "REDIS_URL": valkey.url,
            "ADMIN_PASSWORD": "in-a-storm-9",
        }
        self.token = token or self.prepare()

    def prepare(self) -> str:
        command = [sys.executable, "-c", PREPARE]
        done = subprocess.run(command, cwd=ROOT, env=BARE | self.variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()[-1]


@contextmanager
def bench() -> Iterator[Bench]:
    with temporary.engines() as (postgres, valkey):
        postgres.start()
        valkey.start()
        yield Bench(postgres, valkey)


def kill(engine: Engine) -> None:
    """And all that it started, at once, as a power cut would."""
    for pid in engine.pids():
        os.kill(pid, signal.SIGKILL)
    assert engine.process
    engine.process.wait(5)


@contextmanager
def frozen(engine: Engine) -> Iterator[None]:
    (first, *_) = engine.pids()
    os.kill(first, signal.SIGSTOP)  # from here on it starts no other
    pids = engine.pids()
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in reversed(pids):
            os.kill(pid, signal.SIGCONT)


class Called:
    """Whatever answers at this port, asked with an administrator's token."""

    port: int
    token: str

    def call(self, method: str, path: str, data: Any = None, **headers: str) -> Answer:
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **headers}
        started = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, json.dumps(data) if data is not None else None, sent)
            response = connection.getresponse()
            body = json.loads(response.read() or "null")
            status, found = response.status, {name.lower(): value for name, value in response.getheaders()}
        except (OSError, http.client.HTTPException):
            status, found, body = NO_ANSWER, {}, None
        finally:
            connection.close()
        return Answer(method, path, status, found, body, time.monotonic() - started)

    def get(self, path: str) -> Answer:
        return self.call("GET", path)

    def open_incident(self, **headers: str) -> Answer:
        return self.call("POST", "/v1/incidents", {"title": "Storm", "severity": "P1"}, **headers)


class Service(Called, Server):
    """gunicorn, as it ships but for the budgets, which are out of reach here, and the watchdog's."""

    def __init__(self, log: Path, bench: Bench) -> None:
        self.token = bench.token
        super().__init__(
            log,
            **bench.variables,
            WEB_WORKERS=2,
            RATE_LIMIT_MAX_REQUESTS=1_000_000,
            RATE_LIMIT_READS=10_000_000,
            RATE_LIMIT_SEARCH=1_000_000,
            DATABASE_WATCHDOG_SECONDS=WATCHDOG_SECONDS,
        )

    def workers(self) -> list[int]:
        return children(self.process.pid)

    def logged(self, message: str) -> list[dict[str, Any]]:
        lines = (json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{"))
        return [line for line in lines if line["message"] == message]

    def becomes(self, seconds: float, is_so: Callable[[], bool]) -> bool:
        return becomes_true(is_so, seconds)

    @contextmanager
    def traffic(self, path: str) -> Iterator[list[Answer]]:
        """Two readers and two writers that go on for as long as the block runs; what they met, in the end."""
        answers: list[Answer] = []
        over = threading.Event()

        def go_on(ask: Callable[[], Answer]) -> None:
            while not over.wait(0.01):
                answers.append(ask())

        with ThreadPoolExecutor(4) as clients:
            for ask in (
                lambda: self.get(path),
                lambda: self.get("/v1/incidents?limit=5"),
                lambda: self.open_incident(**{"Idempotency-Key": str(uuid.uuid4())}),
                lambda: self.call("PATCH", path, {"title": str(uuid.uuid4())}),
            ):
                clients.submit(go_on, ask)
            try:
                yield answers
            finally:
                over.set()


def children(pid: int) -> list[int]:
    return sorted(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def percentile(answers: list[Answer], share: float) -> float:
    return sorted(answer.seconds for answer in answers)[int(len(answers) * share)]
