"""The service on engines, web and background processes and receivers that a scenario may kill: all of its own, on
loopback.

    with bench.workers(), bench.web() as web, bench.load(web) as load:
        ...                         # web.port, web.call(…), web.workers(), bench.crash(…), load.so_far()
    journal = load.stop()           # all that was begun is settled
    oracle.judge(bench, journal=journal)

The driving process is in the bench's database, too: it makes incidents by the services, and asks the rows what became
of them.
"""

import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, connections

from core.embedded.engines import PostgreSQL, Valkey
from core.jobs import WAKE_WORKERS
from core.tests import fault_bench
from core.tests.front_server import BARE, ROOT
from incidents import services as incidents
from notifications import preferences, services
from notifications.models import Delivery, Endpoint
from tests.chaos import prepared
from tests.chaos.load import Load
from tests.chaos.sink import Sink
from tests.chaos.web import Web
from tests.live_server import becomes_true
from users.models import User

# Time by PostgreSQL's clock, in this database: so much later, and so many times as fast from then on.
CLOCK = """
CREATE OR REPLACE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql STABLE AS
$$ SELECT timestamptz '{since}' + (now() - timestamptz '{real}') * {speed} $$
"""
WAITING_JOBS = "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND queue_name = 'reactions'"
# Of a worker that was killed: as if its last sign of life were long ago.
BURY = "UPDATE procrastinate_workers SET last_heartbeat = 'epoch' WHERE last_heartbeat < now() - interval '7 s'"


class Worker:
    def __init__(self, log: Path, env: dict[str, str]) -> None:
        with log.open("ab") as stderr:
            command = [sys.executable, "manage.py", "worker"]
            self.process = subprocess.Popen(command, cwd=ROOT, env=env, stderr=stderr)

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(40)


class Workers:
    """So many, each started again when it ends, as a supervisor does."""

    def __init__(self, count: int, folder: Path, env: dict[str, str]) -> None:
        self.folder, self.env = folder, env
        self.is_over, self.is_held = threading.Event(), threading.Event()
        self.started = 0
        self.running = [self.start() for _ in range(count)]
        self.keeper = threading.Thread(target=self.keep)
        self.keeper.start()

    def start(self) -> Worker:
        self.started += 1
        return Worker(self.folder / f"worker-{self.started}.log", self.env)

    def keep(self) -> None:
        while not self.is_over.wait(0.1):
            for place, worker in enumerate(self.running):
                if worker.process.poll() is not None and not self.is_held.is_set():
                    self.running[place] = self.start()

    def kill_one(self) -> None:
        victim = random.choice(self.running)  # noqa: S311  no secret hangs on it
        victim.process.kill()

    def kill_all(self) -> None:
        """Until they are let start again."""
        self.is_held.set()
        for worker in self.running:
            worker.process.kill()

    def let_start(self) -> None:
        self.is_held.clear()

    def stop(self) -> None:
        self.is_over.set()
        self.keeper.join()
        for worker in self.running:
            worker.process.send_signal(signal.SIGTERM)
        for worker in self.running:
            worker.process.wait(40)


class Bench:
    def __init__(self, engines: fault_bench.Bench, folder: Path, sink: Sink) -> None:
        self.postgres: PostgreSQL = engines.postgres
        self.valkey: Valkey = engines.valkey
        self.engines = engines
        self.folder = folder
        self.sink = sink
        self.env = BARE | {name: str(value) for name, value in engines.variables.items()}
        self.env |= {"WEBHOOK_ALLOW_HTTP": "1", "WEBHOOK_ALLOW_CIDRS": "127.0.0.0/8", "SECRET_KEY": settings.SECRET_KEY}
        self.env |= {"EMAIL_URL": f"smtp://127.0.0.1:{self.sink.mail_port}", "METRICS_DIR": str(folder / "metrics")}
        self.env |= {"ENVIRONMENT": "production"}
        self.secrets: list[str] = [str(settings.SECRET_KEY), self.postgres.secret(), self.valkey.secret()]
        self.secrets += [engines.token, engines.variables["ADMIN_PASSWORD"]]
        self.admin = User.objects.get()

    @contextmanager
    def workers(self, count: int = 2, **variables: str) -> Iterator[Workers]:
        running = Workers(count, self.folder, self.env | variables)
        try:
            assert becomes_true(lambda: self.count("SELECT count(*) FROM procrastinate_workers") >= count)
            yield running
        finally:
            running.stop()

    @contextmanager
    def web(self, listener: socket.socket | None = None, **variables: str) -> Iterator[Web]:
        running = Web(self.folder, self.env | variables, self.engines.token, listener)
        try:
            assert running.answers("/ready")
            yield running
        finally:
            running.stop()

    @contextmanager
    def load(self, web: Web, *, writes: float = 20, reads: float = 40) -> Iterator[Load]:
        running = Load(self.folder / "journal", web.port, self.engines.token, writes=writes, reads=reads)
        try:
            yield running
        finally:
            running.end()

    def logs(self, of: str = "*") -> list[Path]:
        """Those of web processes ("web"), of background workers ("worker"), or all."""
        return sorted(self.folder.glob(f"{of}-*.log"))

    def webhook(self, behaviour: str, name: str, **fields: Any) -> Endpoint:
        endpoint, secret = services.create_webhook(
            url=self.sink.url(behaviour, name), description=name, actor=self.admin, **fields
        )
        self.secrets.append(secret)
        return endpoint

    def want_mail(self, *severities: str) -> None:
        preferences.set_own(self.admin, created_severities=list(severities), assigned_severities=[])

    def incident(self, *, comments: int = 0, severity: str = "P2", title: str = "Storm") -> Any:
        opened = incidents.open_incident(title=title, severity=severity, actor=self.admin)
        for number in range(comments):
            incidents.comment(opened.pk, body=f"Looking, {number}", actor=self.admin)
        return opened

    def count(self, statement: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return int(cursor.fetchone()[0])

    def run(self, statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    def clock(self, *, later: float = 0, speed: float = 1) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT app_now() + make_interval(secs => %s), now()", [later])
            since, real = cursor.fetchone()
            cursor.execute(CLOCK.format(since=since.isoformat(), real=real.isoformat(), speed=speed))

    def tell_workers(self) -> None:
        self.run(f"SELECT {WAKE_WORKERS}")

    def crash(self, *, down_for: float) -> tuple[float, float]:
        """PostgreSQL, and all that it started. When it was killed, and since when it accepts again."""
        fault_bench.kill(self.postgres)
        killed_at = time.time()
        time.sleep(down_for)
        self.start_postgres()
        return killed_at, time.time()

    def start_postgres(self) -> None:
        self.postgres.start()
        connection.close()

    def has_reacted(self) -> bool:
        return self.count(WAITING_JOBS) == 0

    def is_done(self) -> bool:
        self.run(BURY)
        return self.has_reacted() and not Delivery.objects.pending().exists()

    def becomes(self, question: Callable[[], bool], within: float) -> bool:
        return becomes_true(question, within)


@contextmanager
def bench(folder: Path, *, is_sink_durable: bool = True) -> Iterator[Bench]:
    """The driving process has its default connection there meanwhile."""
    sink = Sink(folder / "arrivals", waits_for_the_disk=is_sink_durable)
    try:
        with prepared.engines() as engines, connected_to(engines.postgres.url):
            yield Bench(engines, folder, sink)
    finally:
        sink.stop()


@contextmanager
def connected_to(url: str) -> Iterator[None]:
    parts = urlsplit(url)
    values = {
        "HOST": parts.hostname,
        "PORT": parts.port,
        "NAME": parts.path[1:],
        "USER": parts.username,
        "PASSWORD": parts.password,
    }
    own = connections.settings["default"]
    before = {name: own.get(name) for name in values}
    connection.close()
    own.update(values)
    try:
        yield
    finally:
        connection.close()
        own.update(before)
