"""Engines with the tables in them: made once in a run, and copied for each scenario, whose start takes half as long."""

import atexit
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from core.embedded import temporary
from core.tests import fault_bench


@cache
def made() -> tuple[Path, str]:
    """The folder with PostgreSQL's data and its password beside it, and the administrator's token."""
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with fault_bench.bench() as running:
        running.postgres.stop()
        copy(running.postgres.folder.parent, folder)
        return folder, running.token


def copy(source: Path, target: Path) -> None:
    for name in ("postgres", "postgres.password"):
        subprocess.run(["cp", "-a", source / name, target / name], check=True)


@contextmanager
def engines() -> Iterator[fault_bench.Bench]:
    folder, token = made()
    with temporary.engines() as (postgres, valkey):
        copy(folder, postgres.folder.parent)
        postgres.start()
        valkey.start()
        yield fault_bench.Bench(postgres, valkey, token)
