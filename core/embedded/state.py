"""What a running supervisor tells other processes of this folder: where its engines and its service are."""

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class State:
    supervisor: int
    base_url: str
    database_url: str
    redis_url: str
    secret_key: str
    pids: dict[str, int]


def folder() -> Path:
    return Path(os.environ.get("DATA_DIR") or ROOT / ".data").absolute()


def read() -> State | None:
    """None when no supervisor runs here, or when it is somebody else's."""
    try:
        with (folder() / "lock").open() as lock:
            if not is_held(lock.fileno()):
                return None
        return State(**json.loads((folder() / "state.json").read_text()))
    except (OSError, ValueError, TypeError):
        return None


def is_held(descriptor: int) -> bool:
    """The supervisor's lock ends with it, however it ends: a pid may be somebody else's by now."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def write(state: State) -> None:
    file = folder() / "state.json"
    fresh = file.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as stream:
        json.dump(asdict(state), stream)
    fresh.replace(file)


def forget() -> None:
    (folder() / "state.json").unlink(missing_ok=True)
