"""Engines of its own for one command, in a temporary folder that goes when the command has ended: `make test`."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from core.embedded.engines import PostgreSQL, Valkey
from core.embedded.processes import account_for


def execute(command: Sequence[str]) -> int:
    """The command's exit code. An engine is started for each of DATABASE_URL and REDIS_URL that is not set."""
    env = dict(os.environ)
    if env.get("DATABASE_URL") and env.get("REDIS_URL"):
        return run(command, env)
    with engines() as (postgres, valkey):
        if not env.get("DATABASE_URL"):
            postgres.start()
            env["DATABASE_URL"] = postgres.url
        if not env.get("REDIS_URL"):
            valkey.start()
            env["REDIS_URL"] = valkey.url
        return run(command, env)


@contextmanager
def engines(kind: type[Valkey] = Valkey) -> Iterator[tuple[PostgreSQL, Valkey]]:
    """Not started yet; stopped, and their folder deleted, at the end."""
    folder = Path(tempfile.mkdtemp(prefix="incidents-"))
    folder.chmod(0o711)  # the engines' account passes through
    account = account_for(folder / "postgres")
    postgres, valkey = PostgreSQL(folder / "postgres", account), kind(folder / "valkey", account)
    try:
        yield postgres, valkey
    finally:
        postgres.stop()
        valkey.stop()
        shutil.rmtree(folder, ignore_errors=True)


def run(command: Sequence[str], env: dict[str, str]) -> int:
    """Ctrl-C goes to the command, which shares our terminal; TERM is passed on to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def restore_interrupt() -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)

    with subprocess.Popen(command, env=env, preexec_fn=restore_interrupt) as process:  # noqa: S603  the caller's own command
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        return process.wait()
