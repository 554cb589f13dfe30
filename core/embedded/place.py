"""Where data is kept: below .data in the project's folder, or, for an account that cannot enter there, in /var/lib."""

import fcntl
import hashlib
import os
from pathlib import Path
from typing import IO

from core.embedded import state
from core.embedded.engines import PostgreSQL, Valkey, made_once
from core.embedded.processes import Account, Trouble, account_for

ELSEWHERE = Path("/var/lib")


def make_folder(path: Path) -> Path:
    """Ours alone; for root with a way through for the account that the engines run as."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
        (path / ".writable").touch()
        (path / ".writable").unlink()
    except OSError as error:
        raise Trouble(
            f"{path} cannot be written ({error.strerror}): name a folder that can with DATA_DIR=/some/folder"
        ) from None
    return path


def take(folder: Path) -> IO[str]:
    """The lock of this folder; it is held until the file is closed, by the end of this process at the latest."""
    lock = (folder / "lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        told = state.read()
        where = f" at {told.base_url} (process {told.supervisor})" if told else ""
        raise Trouble(f"It runs already from this folder{where}: stop it first, or name another DATA_DIR.") from None
    return lock


def engines_below(folder: Path) -> tuple[PostgreSQL, Valkey]:
    home = reachable_home(folder)
    account = account_for(home / "postgres")
    return PostgreSQL(home / "postgres", account), Valkey(home / "valkey", account)


def reachable_home(folder: Path) -> Path:
    """`folder`, unless the account of its engines is not let through to it. Where data is, it stays."""
    pointer = folder / "engines-are-in"
    if pointer.exists():
        return Path(pointer.read_text())
    data = folder / "postgres"
    account = account_for(data)
    if can_enter(account, folder):
        return folder
    if data.exists():
        raise Trouble(
            f"The owner of {data} (user {account.uid}) cannot enter that folder any more: chmod o+x the folders above "
            "it, or move .data to a place that user can enter, and name that with DATA_DIR=/some/folder"
        )
    elsewhere = make_folder(ELSEWHERE / f"incidents-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]}")
    pointer.write_text(str(elsewhere))
    return elsewhere


def can_enter(account: Account, folder: Path) -> bool:
    return not account.is_other or account.may("-x", folder)


def secret_key(folder: Path) -> str:
    """Django's SECRET_KEY of this folder, made once."""
    return made_once(folder / "secret_key", 48)
