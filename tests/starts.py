"""Programs in Python, each a process of its own that reads everything of ours anew: as `subprocess`, in less time."""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[1]
BESIDE_PYTHON = Path(sys.executable).parent
BARE = {"PATH": f"{BESIDE_PYTHON}:{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}


@cache
def orders() -> socket.socket:
    """The way to the process that forks: one for each process of the suite, from the first start on."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command: list[str | Path] = [sys.executable, Path(__file__).with_name("preloaded.py"), str(there.fileno())]
    forking = subprocess.Popen(
        command, env=BARE, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=[there.fileno()]
    )
    there.close()
    atexit.register(forking.wait, 20)
    atexit.register(here.close)
    return here


class Process:
    """As `subprocess.Popen`, as far as tests ask it anything."""

    def __init__(
        self,
        words: Sequence[str | Path],
        *,
        cwd: Path = ROOT,
        env: dict[str, str],
        stdin: IO[Any] | None = None,
        stdout: IO[Any] | None = None,
        stderr: IO[Any] | None = None,
        start_new_session: bool = False,
    ) -> None:
        order = {"words": [*map(str, words)], "folder": str(cwd), "environment": env, "own_session": start_new_session}
        self.returncode: int | None = None
        reading, writing = os.pipe()
        self.report = open(reading, encoding="ascii")  # noqa: SIM115  until the process has ended
        with open(writing, "wb"), open(os.devnull, "r+b") as nothing:
            given = [(stream or nothing).fileno() for stream in (stdin, stdout, stderr)]
            socket.send_fds(orders(), [json.dumps(order).encode()], [*given, writing])
        self.pid = int(self.report.readline())

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not select.select([self.report], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            with self.report:
                self.returncode = int(self.report.readline())
        return self.returncode

    def poll(self) -> int | None:
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def run(
    words: Sequence[str | Path], *, cwd: Path = ROOT, env: dict[str, str], given: str = "", timeout: float = 60
) -> "subprocess.CompletedProcess[str]":
    """To its end, with what it said."""
    with ExitStack() as files:
        stdin, out, err = (files.enter_context(tempfile.TemporaryFile("w+")) for _ in range(3))
        stdin.write(given)
        stdin.seek(0)
        process = Process(words, cwd=cwd, env=env, stdin=stdin, stdout=out, stderr=err)
        try:
            process.wait(timeout)
        finally:
            process.send_signal(signal.SIGKILL)
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(words, process.wait(), out.read(), err.read())
