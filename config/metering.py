"""The settings of what the service counts, for which settings.py has no room."""

import hashlib
import os
import tempfile
from pathlib import Path

from config import env

ROOT = Path(__file__).resolve().parent.parent
MEMORY = Path("/dev/shm")  # noqa: S108  a folder of one's own in it, whose owner is looked at

# Who may read /metrics without a token.
METRICS_ALLOWED_CIDRS = env.networks("METRICS_ALLOWED_CIDRS", "127.0.0.0/8, ::1")


def service() -> str:
    """Tells apart the services of one machine, and not the processes of one service."""
    told = f"{ROOT} {env.text('DATABASE_URL').rpartition('/')[2]}"
    return hashlib.sha256(told.encode()).hexdigest()[:8]


def shared_folder() -> Path:
    parent = MEMORY if MEMORY.is_dir() else Path(tempfile.gettempdir())
    return parent / f"incidents-metrics-{os.getuid()}-{service()}"


METRICS_DIR = Path(env.text("METRICS_DIR") or shared_folder())
# What the apps tell of their rows: each is a function that is given one to ask the database with.
METRICS_COLLECTORS = ["core.job_metrics.collect", "incidents.metrics.collect", "notifications.metrics.collect"]
