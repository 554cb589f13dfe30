"""A real gunicorn with our front, and clients that speak HTTP by hand, as rude as it takes."""

import json
import os
import signal
import socket
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from core.embedded.engines import free_port
from tests import starts

ROOT = Path(__file__).resolve().parents[2]
BARE = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "VIRTUAL_ENV", "LANG")}


def get(path: str, *headers: str, method: str = "GET") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers, "", ""]).encode("latin-1")


class Client:
    def __init__(self, port: int, timeout: float = 5) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.seen = b""

    def send(self, data: bytes) -> "Client":
        self.socket.sendall(data)
        return self

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """The next complete answer; one without a length must not have a body."""
        while b"\r\n\r\n" not in self.seen:
            self._more()
        head, _, self.seen = self.seen.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
        length = int(headers.get("content-length", 0))
        while len(self.seen) < length:
            self._more()
        body, self.seen = self.seen[:length], self.seen[length:]
        return int(lines[0].split()[1]), headers, body

    def json(self) -> Any:
        return json.loads(self.answer()[2])

    def _more(self) -> None:
        received = self.socket.recv(65536)
        if not received:
            raise ConnectionError("closed by the server")
        self.seen += received

    def is_closed_within(self, seconds: float) -> bool:
        """True when the server ends the connection, by whatever means, without saying anything more."""
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False

    def close(self) -> None:
        self.socket.close()


class Server:
    """One gunicorn; everything that the environment of the tests says is left out of its own."""

    def __init__(self, log: Path, **variables: Any) -> None:
        self.port, self.second_port = free_port(), free_port()
        self.log = log
        self.clients = ExitStack()
        settings = {
            "DJANGO_SETTINGS_MODULE": "core.tests.front_settings",
            "BIND": f"127.0.0.1:{self.port},127.0.0.1:{self.second_port}",
            "WEB_WORKERS": "1",
            **{name: str(value) for name, value in variables.items()},
        }
        with log.open("ab") as stderr:
            self.process = starts.Process(
                [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.conf.py"],
                env=BARE | settings,
                stderr=stderr,
                start_new_session=True,
            )

    def __enter__(self) -> "Server":
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.connect().send(get("/health")).answer()
            except OSError:
                time.sleep(0.05)
            else:
                return self
        self.__exit__()
        raise AssertionError(f"gunicorn did not start: {self.log.read_text()}")

    def __exit__(self, *_exc: object) -> None:
        self.clients.close()
        if self.process.poll() is None:  # a stop that waits for nobody is none of these tests' concern
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)

    def connect(self, timeout: float = 5, port: int | None = None) -> Client:
        return self.clients.enter_context(closing(Client(port or self.port, timeout)))

    def worker(self) -> int:
        return int(self.connect().send(get("/health")).json()["pid"])


def memory_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
