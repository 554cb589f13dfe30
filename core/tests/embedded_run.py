"""`python -m core.embedded run` in a folder of its own, as `make run` starts it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from core.embedded.engines import free_port
from tests.live_server import becomes_true

ROOT = Path(__file__).resolve().parents[2]
BARE = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "VIRTUAL_ENV", "LANG")}


class Run:
    def __init__(self, data: Path, **variables: str) -> None:
        self.data = data
        self.env = {**BARE, "DATA_DIR": str(data), "PORT": str(free_port()), "WEB_WORKERS": "1", **variables}
        self.output = data.with_name(f"{data.name}.output")
        self.first_words = ""
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.env['PORT']}"

    def start(self, seconds: float = 40) -> float:
        """Seconds until it said that it is ready."""
        began = time.monotonic()
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "core.embedded", "run"], cwd=ROOT, env=self.env, stdout=output, stderr=output
            )
        while time.monotonic() - began < seconds and self.process.poll() is None:
            if "is ready" in self.said():
                return time.monotonic() - began
            time.sleep(0.05)
        raise AssertionError(f"it did not become ready: {self.said()}")

    def said(self) -> str:
        return self.output.read_text(errors="replace")

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command in another terminal: it knows the folder, and nothing else."""
        return self.command("manage.py", *words)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        env = {**BARE, "DATA_DIR": str(self.data)}
        return subprocess.run([sys.executable, *words], cwd=ROOT, env=env, capture_output=True, text=True, check=False)

    def status_of(self, path: str, **headers: str) -> int:
        """0 when nobody answers."""
        request = urllib.request.Request(f"{self.url}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=5) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def becomes(self, path: str, status: int, seconds: float) -> bool:
        return becomes_true(lambda: self.status_of(path) == status, seconds)

    def left(self) -> list[int]:
        """Processes that this run started and that still live, whoever is their parent by now."""
        mine = f"DATA_DIR={self.data}".encode()
        return [pid for pid in pids() if mine in environment_of(pid) or str(self.data).encode() in command_of(pid)]

    def end(self, by: signal.Signals = signal.SIGTERM) -> float:
        """Seconds until the supervisor has ended."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(by)
        self.process.wait(15)
        return time.monotonic() - began


def opened(folder: Path) -> Path:
    """pytest's own folders are closed to the account that the engines run as."""
    for one in (folder, *folder.parents):
        if one == Path(tempfile.gettempdir()):
            break
        one.chmod(0o711)
    return folder


def pids() -> list[int]:
    return [
        int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and int(entry.name) != os.getpid()
    ]


def read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


def environment_of(pid: int) -> bytes:
    return read(pid, "environ")


def command_of(pid: int) -> bytes:
    return read(pid, "cmdline")
