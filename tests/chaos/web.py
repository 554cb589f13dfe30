"""gunicorn as the image starts it, which a scenario may kill."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from core.embedded.engines import free_port
from core.tests.fault_bench import Called, children
from core.tests.front_server import ROOT
from tests.live_server import becomes_true, status

COMMAND = (sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.conf.py")
# Out of reach: what is tried here is no client's patience, but a few clients' load is that of many.
BUDGETS = {"RATE_LIMIT_MAX_REQUESTS": "1000000", "RATE_LIMIT_READS": "10000000", "RATE_LIMIT_SEARCH": "1000000"}


WORKERS = 2


class Web(Called):
    """One port, and the gunicorn that answers there; `start` again after it was killed. A `listener` is kept by whoever
    gives it, as systemd does: then a second gunicorn may start beside the first."""

    def __init__(self, folder: Path, env: dict[str, str], token: str, listener: socket.socket | None = None) -> None:
        self.token, self.folder, self.listener = token, folder, listener
        self.port = listener.getsockname()[1] if listener else free_port()
        bind = {"BIND": f"fd://{listener.fileno()}"} if listener else {}
        self.env = {"HOST": "127.0.0.1", "PORT": str(self.port), "WEB_WORKERS": str(WORKERS), **bind, **BUDGETS, **env}
        self.started = 0
        self.process = self.start()

    def start(self, **variables: str) -> "subprocess.Popen[bytes]":
        """Does not wait until it answers."""
        self.started += 1
        given = [self.listener.fileno()] if self.listener else []
        with self.log.open("ab") as stderr:
            env = self.env | variables
            self.process = subprocess.Popen(COMMAND, cwd=ROOT, env=env, stderr=stderr, pass_fds=given)
        return self.process

    @property
    def log(self) -> Path:
        return self.folder / f"web-{self.started}.log"

    def has_served(self, workers: int) -> bool:
        """So many, one after the other, since it was last started."""
        return self.log.read_text().count("ASGI server listening") >= workers

    def workers(self) -> list[int]:
        return children(self.process.pid)

    def tree(self) -> list[int]:
        return [self.process.pid, *self.workers()]

    def answers(self, path: str = "/health", within: float = 30) -> bool:
        return becomes_true(lambda: status(f"http://127.0.0.1:{self.port}{path}") == 200, within)

    def kill(self) -> None:
        """The master alone; its workers are left to notice."""
        self.process.kill()
        self.process.wait(5)

    def stop(self, within: float = 40) -> float:
        """How many seconds it took, once asked to."""
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(within)
        return time.monotonic() - began


def kill_all(pids: list[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
