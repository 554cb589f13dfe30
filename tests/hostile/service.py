"""The service that hostile input is sent to, and what must be so afterwards whatever was sent."""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.tests.fault_bench import Bench
from core.tests.front_server import Server, memory_mb
from tests import starts
from tests.hostile.wire import Answer, Wire

SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.hostile.settings"}
# Receivers of these tests are at 127.0.0.2, and may have any port there. All else on this machine stays forbidden.
RECEIVERS = "127.0.0.2"
MAY_BE_CONNECTED = (RECEIVERS, "93.184.215.14")
OPEN = {"WEBHOOK_ALLOW_HTTP": "1", "WEBHOOK_ALLOW_CIDRS": RECEIVERS}
NO_BUDGET = {"RATE_LIMIT_MAX_REQUESTS": "1000000", "RATE_LIMIT_READS": "1000000", "RATE_LIMIT_SEARCH": "1000000"}
NO_BUDGET |= {"RATE_LIMIT_EXPORTS": "1000000", "LOGIN_FAILURES_ALLOWED": "1000000"}
FAULTS = (500, 502, 503, 504)
# Said of a request that is not HTTP, before there is one that could have an id.
OUTSIDE_HTTP = (400, 414, 431, 501)


class Service(Server):
    """gunicorn with two workers, as it ships but for the budgets."""

    def __init__(self, bench: Bench, folder: Path, **variables: str) -> None:
        self.bench = bench
        self.folder = folder
        self.variables = bench.variables | SETTINGS | OPEN | NO_BUDGET | {"CONNECTS": str(folder / "connects")}
        self.variables |= {"WEB_WORKERS": "2", "SECRET_KEY": "s" * 40} | variables
        super().__init__(folder / "log", **self.variables)
        self.wires: list[Wire] = []

    def __enter__(self) -> "Service":
        super().__enter__()
        self.began_with = self.workers()
        return self

    def wire(self, token: str | None = None) -> Wire:
        """The API as the administrator calls it, or as whoever has the token."""
        self.wires.append(Wire(self.port, self.bench.token if token is None else token))
        return self.wires[-1]

    @contextmanager
    def worker(self) -> Iterator[Path]:
        """One that sends; the file that mails are printed to."""
        env = starts.BARE | self.variables | {"EMAIL_URL": "consolemail://"}
        with (self.folder / "mails").open("ab") as mails, (self.folder / "worker.log").open("ab") as log:
            running = starts.Process([sys.executable, "manage.py", "worker"], env=env, stdout=mails, stderr=log)
        try:
            yield self.folder / "mails"
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(40)

    def workers(self) -> list[int]:
        return sorted(map(int, Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()))

    def memory_mb(self) -> float:
        return sum(map(memory_mb, self.workers()))

    def connects(self) -> list[tuple[str, int]]:
        """The peers that were tried, but for the engines."""
        file = self.folder / "connects"
        lines = file.read_text().splitlines() if file.exists() else []
        peers = {(host, int(port)) for host, port in (line.split() for line in lines)}
        return sorted(peers - {("127.0.0.1", self.bench.valkey.port)})

    def answers(self) -> list[Answer]:
        return [answer for wire in self.wires for answer in wire.seen]

    def harm(self) -> list[str]:
        """What must not be so, whatever was sent."""
        found = [f"{answer.sent}: {answer.status}" for answer in self.answers() if answer.status in FAULTS]
        found += [f"{answer.sent}: {fault}" for answer in self.answers() for fault in misshapen(answer)]
        found += [f"connected to {peer}" for peer in self.connects() if peer[0] not in MAY_BE_CONNECTED]
        if self.workers() != self.began_with:
            found.append("a web process was started again")
        for file in (self.folder / "log", self.folder / "worker.log"):
            found += wrong_lines(file.read_text()) if file.exists() else []
        return found


def misshapen(answer: Answer) -> list[str]:
    is_error = answer.status >= 400 and " /v1" in answer.sent and not answer.sent.startswith("HEAD ")
    if not is_error or (answer.status in OUTSIDE_HTTP and "x-request-id" not in answer.headers):
        return []
    body: dict[str, Any] = json.loads(answer.body)
    if list(body) != ["code", "message", "request_id", "details"]:
        return [f"an error of another shape: {body}"]
    told = answer.headers.get("x-request-id")
    return [] if body["request_id"] == told else [f"an id of another request: {body['request_id']}, {told}"]


def wrong_lines(text: str) -> list[str]:
    """Lines of a log that are no JSON, that tell of a fault, or that hold what a terminal obeys."""
    found = []
    for line in text.split("\n")[:-1]:
        try:
            said = json.loads(line)
        except ValueError:
            found.append(f"a line that is no JSON: {line[:200]}")
            continue
        if "exc_info" in said or said["level"] in ("ERROR", "CRITICAL") or not line.isprintable():
            found.append(f"logged: {line[:1000]}")
    return found
