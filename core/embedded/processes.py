"""Starts processes that end with us, whatever ends us, and as an account that PostgreSQL agrees to run as."""

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None, use_errno=True)


class Trouble(Exception):
    """What stops a start: one sentence with the way out."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the engines run as: ourselves, or, where we are root, somebody who is not."""

    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        return self.uid != os.geteuid()

    def may(self, test: str, path: Path) -> bool:
        """`test` is a flag of test(1). Asked as the account itself: every folder above counts, too."""
        command = [shutil.which("test") or "/usr/bin/test", test, str(path)]
        return subprocess.run(command, check=False, cwd="/", **self.options()).returncode == 0  # noqa: S603  a fixed command

    def options(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.is_other else {}

    def own(self, path: Path) -> None:
        if self.is_other:
            os.chown(path, self.uid, self.gid)


def account_for(data: Path) -> Account:
    """Ourselves; for root the owner of the data that is there already, else `nobody`."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if data.exists() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def end_with(parent: int, on_death: signal.Signals) -> None:
    """Have the kernel send us this signal when our parent ends. It may have ended before we asked."""
    if sys.platform == "linux":
        libc.prctl(PR_SET_PDEATHSIG, int(on_death))
    if os.getppid() != parent:
        os._exit(1)


def start(
    command: Sequence[str | Path],
    *,
    on_death: signal.Signals,
    account: Account | None = None,
    cwd: Path = Path("/"),
    env: Mapping[str, str] | None = None,
    output: IO[bytes] | int | None = None,
) -> "subprocess.Popen[bytes]":
    """Call from the main thread: the kernel counts the thread, not the process, as the parent.

    A session of its own, so that Ctrl-C in the terminal reaches the supervisor alone.
    """
    parent = os.getpid()

    def before_exec() -> None:  # runs after the change of user, which would clear the signal
        end_with(parent, on_death)

    return subprocess.Popen(  # noqa: S603  commands of this package
        [str(part) for part in command],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        start_new_session=True,
        preexec_fn=before_exec,
        **(account.options() if account else {}),
    )


def stop(process: "subprocess.Popen[bytes]", within: float) -> None:
    """Wait until it has ended, as it was asked to; kill it and its like when it has not within that many seconds."""
    try:
        process.wait(within)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_until(is_so: Callable[[], bool], process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    """False when the process ended, or the time did, before it became so."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        if is_so():
            return True
        time.sleep(0.03)
    return False
