"""Clients in a process of their own: `python -m tests.chaos.load JOURNAL PORT WRITES READS`, the token in TOKEN.

They note every try before it is made, and what came of it, on disk: what is acknowledged here must be there in the end.
They try again what failed, and end on TERM, once all that they have begun is settled.
"""

import hashlib
import http.client
import itertools
import json
import os
import random
import select
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.chaos.journal import Journal
from tests.starts import ROOT

CLIENTS = 10  # that write, and as many that read
PATIENCE_SECONDS = 20.0  # for one answer
GIVE_UP_SECONDS = 60.0
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
NO_ANSWER = 0
OF_TEN_DELETED = 1


class Load:
    """The running process, for a scenario."""

    def __init__(self, file: Path, port: int, token: str, *, writes: float = 20, reads: float = 40) -> None:
        self.file, self.began = file, time.monotonic()
        command = [sys.executable, "-m", "tests.chaos.load", str(file), str(port), str(writes), str(reads)]
        self.process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "TOKEN": token})

    def so_far(self) -> Journal:
        return Journal(self.file)

    def end(self) -> None:
        """Whatever it has begun."""
        self.process.kill()
        self.process.wait(5)

    def stop(self, at_least: float = 0) -> Journal:
        """Once all is settled, and after so many seconds."""
        time.sleep(max(0.0, self.began + at_least - time.monotonic()))
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(GIVE_UP_SECONDS + 2 * PATIENCE_SECONDS) == 0
        return self.so_far()


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: Any  # None where it is no JSON


class Pen:
    """Writes the journal; what tells of a write is on the disk when it returns."""

    def __init__(self, file: Path) -> None:
        self.file = file.open("a")
        self.lock = threading.Lock()
        self.numbers = itertools.count(1)

    def note(self, *, is_durable: bool, **line: Any) -> None:
        with self.lock:
            self.file.write(f"{json.dumps(line)}\n")
            self.file.flush()
        if is_durable:
            os.fsync(self.file.fileno())


class Known:
    """Incidents that are there to be read, each with the newest version that somebody was told of."""

    def __init__(self) -> None:
        self.versions: dict[str, int] = {}
        self.lock = threading.Lock()

    def tell(self, incident: str, version: int) -> None:
        with self.lock:
            self.versions[incident] = max(version, self.versions.get(incident, 0))

    def any(self) -> tuple[str, int] | None:
        with self.lock:
            return random.choice(list(self.versions.items())) if self.versions else None  # noqa: S311  no secret


class Client:
    """One connection that is kept alive, and one request at a time."""

    def __init__(self, port: int, token: str, pen: Pen, over: threading.Event) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.pen, self.over = pen, over

    def turns(self, a_second: float) -> Iterator[None]:
        """At an even pace, from a random moment on, until it is over; what was missed is not made up for."""
        due = time.monotonic() + random.uniform(0, 1 / a_second)  # noqa: S311  no secret
        while not self.over.wait(max(0.0, due - time.monotonic())):
            due = max(due + 1 / a_second, time.monotonic())
            yield

    def ask(self, kind: str, method: str, path: str, body: Any = None, key: str = "", floor: int = 0) -> Answer | None:
        """Until it is settled; None once it is given up. `floor`: the version that the answer must at least have."""
        data = json.dumps(body) if body is not None else None
        about = {"request": next(self.pen.numbers), "kind": kind, "path": path, "key": key, "floor": floor}
        about |= {"hash": hashlib.sha256((data or "").encode()).hexdigest(), "body": body}
        is_durable = method != "GET"
        give_up_at, pause = time.monotonic() + GIVE_UP_SECONDS, FIRST_PAUSE
        for number in itertools.count(1):
            self.pen.note(is_durable=is_durable, step="sent", at=time.time(), number=number, **about)
            answer, seconds = self.exchange(method, path, data, key)
            came = {"at": time.time(), "seconds": seconds, **told(about, answer)}
            self.pen.note(is_durable=is_durable, step="answered", **came)
            if is_settled(answer):
                return answer
            if time.monotonic() + pause > give_up_at:
                break
            time.sleep(random.uniform(pause / 2, pause))  # noqa: S311  no secret
            pause = min(2 * pause, LONGEST_PAUSE)
        self.pen.note(is_durable=is_durable, step="given up", at=time.time(), **about)
        return None

    def exchange(self, method: str, path: str, data: str | None, key: str) -> tuple[Answer, float]:
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        began = time.monotonic()
        try:
            self.hang_up_if_closed()
            self.connection.request(method, path, data, headers)
            response = self.connection.getresponse()
            text = response.read()
            found = {name.lower(): value for name, value in response.getheaders()}
            answer = Answer(response.status, found, parsed(text))
        except (OSError, http.client.HTTPException):
            self.connection.close()
            answer = Answer(NO_ANSWER, {}, None)
        return answer, time.monotonic() - began

    def hang_up_if_closed(self) -> None:
        """As clients with a pool look before they send: a server that stops closes what is idle."""
        if self.connection.sock is not None and select.select([self.connection.sock], [], [], 0)[0]:
            self.connection.close()


def parsed(text: bytes) -> Any:
    try:
        return json.loads(text or b"{}")
    except ValueError:
        return None


def is_settled(answer: Answer) -> bool:
    is_in_use = answer.status == 409 and answer.body is not None and answer.body["code"] == "IDEMPOTENCY_KEY_IN_USE"
    return not (answer.status in (NO_ANSWER, 429) or answer.status >= 500 or is_in_use)


def told(about: dict[str, Any], answer: Answer) -> dict[str, Any]:
    body = answer.body if isinstance(answer.body, dict) else {}
    return {
        **{name: about[name] for name in ("request", "kind", "key", "floor")},
        "status": answer.status,
        "is_json": answer.body is not None,
        "code": body.get("code", ""),
        "id": body.get("id", ""),
        "version": body.get("version", 0),
        "retry_after": answer.headers.get("retry-after", ""),
        "cache": answer.headers.get("x-cache", ""),
    }


def write_on(client: Client, known: Known, a_second: float) -> None:
    """Incident after incident, each through its life, a step a turn."""
    turns = client.turns(a_second)
    while True:
        for _step in steps(client, known):
            if next(turns, "over") == "over":
                return


def steps(client: Client, known: Known) -> Iterator[None]:
    yield
    key = str(uuid.uuid4())
    body = {"title": f"Load {key}", "severity": random.choice(["P1", "P2", "P3"])}  # noqa: S311  no secret
    opened = client.ask("create", "POST", "/v1/incidents", body, key)
    if opened is None or opened.body is None or "id" not in opened.body:
        return
    path = f"/v1/incidents/{opened.body['id']}"
    if random.randrange(10) < OF_TEN_DELETED:  # noqa: S311  no secret
        yield
        client.ask("delete", "DELETE", path)
        return
    known.tell(opened.body["id"], opened.body["version"])
    for kind, method, way, change in (
        ("comment", "POST", f"{path}/comments", {"body": f"Load {uuid.uuid4()}"}),
        ("edit", "PATCH", path, {"title": f"Load {key}, edited"}),
        ("status", "PATCH", f"{path}/status", {"status": "ACK"}),
        ("comment", "POST", f"{path}/comments", {"body": f"Load {uuid.uuid4()}"}),
        ("status", "PATCH", f"{path}/status", {"status": "RESOLVED"}),
    ):
        yield
        own_key = str(uuid.uuid4()) if method == "POST" else ""
        answer = client.ask(kind, method, way, change, own_key)
        if answer is not None and answer.body is not None and "version" in answer.body:
            known.tell(opened.body["id"], answer.body["version"])


def read_on(client: Client, known: Known, a_second: float) -> None:
    for _turn in client.turns(a_second):
        found = known.any() if random.random() < 0.8 else None  # noqa: S311  no secret
        if found is None:
            client.ask("list", "GET", random.choice(["/v1/incidents?limit=5", "/v1/incidents?status=OPEN&limit=20"]))  # noqa: S311  no secret
        else:
            incident, floor = found
            client.ask("read", "GET", f"/v1/incidents/{incident}", floor=floor)


def main(file: Path, port: int, writes: float, reads: float, token: str) -> None:
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the scenario, which ends this
    random.seed(int(os.environ.get("CHAOS_SEED", "1")))
    pen, known = Pen(file), Known()
    threads = [
        threading.Thread(target=act, args=[Client(port, token, pen, over), known, rate / CLIENTS])
        for act, rate in ((write_on, writes), (read_on, reads))
        for _ in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]), os.environ["TOKEN"])
