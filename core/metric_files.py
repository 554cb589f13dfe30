"""The folder in which all processes of a service on a host show each other their numbers.

A process holds a lock for as long as it lives, so that it is known to be dead whatever numbers and names of processes
mean in a container. What the dead had counted is added up in files of nobody's, and theirs are deleted: no count goes
back when a process ends, and the folder does not grow with each that did.
"""

import contextlib
import fcntl
import json
import logging
import os
import secrets
import stat
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from prometheus_client.mmap_dict import MmapedDict

from core import metric_values

logger = logging.getLogger(__name__)

ADDED_UP = ("counter", "histogram")
OF_THE_DEAD = "dead"
BURIAL = "burial.json"
PATIENCE_SECONDS = 1.0
read_all: Callable[[str], Any] = MmapedDict.read_all_values_from_file


class Busy(Exception):
    """Another process is at it, and does not come to an end."""


class Folder:
    """This process's place in it begins with `join`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = ""
        self._alive: int | None = None  # a file, open and locked to our end
        self._last: dict[str, bytes] = {}
        self._writing = threading.Lock()

    def join(self) -> None:
        refuse_strangers(self.path)
        host = "".join(letter if letter.isalnum() else "-" for letter in os.uname().nodename)
        with self.alone():
            self.name = f"{host}-{os.getpid()}-{secrets.token_hex(4)}"
            self.leave()
            self._alive = os.open(self.path / f"{self.name}.alive", os.O_CREAT | os.O_WRONLY, 0o600)
            fcntl.flock(self._alive, fcntl.LOCK_EX)
            self.bury()
        self._last = {}

    def leave(self) -> None:
        """As the system does it for whoever ends, however that is."""
        if self._alive is not None:
            os.close(self._alive)
            self._alive = None

    def write(self) -> None:
        """What has changed."""
        with self._writing:
            if self._alive is not None and not (self.path / f"{self.name}.alive").exists():
                self.join()  # somebody has emptied the folder
            for kind, content in metric_values.written().items():
                if content != self._last.get(kind):
                    replace(self.path / f"{kind}_{self.name}.db", content)
                    self._last[kind] = content

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        with (self.path / "lock").open("w") as lock:
            take(lock)
            self._finish_burial()
            yield

    def bury(self) -> None:
        """To be called alone. The burial is written down before it begins, and done again if it did not come to its
        end: so nothing is added twice."""
        living = {file.stem for file in self.path.glob("*.alive") if is_held(file)}
        files = [file for pattern in ("*.db", "*.part", "*.alive") for file in self.path.glob(pattern)]
        gone = [file for file in files if name_of(file) not in living | {OF_THE_DEAD}]
        if not gone:
            return
        for kind in ADDED_UP:
            of_kind = [file for file in gone if file.match(f"{kind}_*.db")]
            (self.path / f"{kind}.new").write_bytes(sums([self._grave(kind), *of_kind]))
        replace(self.path / BURIAL, json.dumps([file.name for file in gone]).encode())
        self._finish_burial()

    def _finish_burial(self) -> None:
        try:
            buried = json.loads((self.path / BURIAL).read_bytes())
        except FileNotFoundError:
            return
        for kind in ADDED_UP:
            with contextlib.suppress(FileNotFoundError):  # it was renamed already
                (self.path / f"{kind}.new").replace(self._grave(kind))
        for name in buried:
            (self.path / name).unlink(missing_ok=True)
        (self.path / BURIAL).unlink()

    def _grave(self, kind: str) -> Path:
        return self.path / f"{kind}_{OF_THE_DEAD}.db"


def refuse_strangers(path: Path) -> None:
    """Its place may be one where everybody may make folders."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.getuid(), 0):
        raise PermissionError(f"{path} is not ours")


def take(lock: IO[str]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise Busy from None
            time.sleep(0.02)
        else:
            return


def is_held(file: Path) -> bool:
    try:
        with file.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def name_of(file: Path) -> str:
    return file.name.partition(".")[0].rpartition("_")[2]


def replace(file: Path, content: bytes) -> None:
    fresh = file.with_name(f"{file.name}.part")
    fresh.write_bytes(content)
    fresh.replace(file)


def sums(files: list[Path]) -> bytes:
    found: dict[str, float] = defaultdict(float)
    for file in files:
        try:
            for key, value, _, _ in read_all(str(file)):
                found[key] += value
        except FileNotFoundError:
            continue
        except (RuntimeError, struct.error, ValueError):  # cut off, by a host that went down
            logger.warning("metrics_lost", extra={"file": file.name})
    entries = [metric_values.beginning(key) + struct.pack("dd", value, 0.0) for key, value in found.items()]
    return metric_values.file_of(entries)
