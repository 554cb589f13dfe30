"""The web process: `gunicorn -c config/gunicorn.conf.py`. .env.example explains the variables that it reads."""

import ctypes
import os
import sys
import warnings
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection

from config import env
from core import front_signals, start, watchdog
from core.front_limits import Limits
from core.postgres.checks import unsafe_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
loglevel = settings.LOG_LEVEL.lower()  # the first line that needs the settings, and with them .env: all below reads it


def binds() -> list[str]:
    """BIND lists addresses; without it there is one, HOST and PORT."""
    host = env.text("HOST", "127.0.0.1")
    port = env.integer("PORT", 3000, at_most=65535)
    return env.words("BIND", [f"[{host}]:{port}" if ":" in host else f"{host}:{port}"])


wsgi_app = "config.asgi:application"
worker_class = "core.front_limits.FrontWorker"
workers = env.integer("WEB_WORKERS", 2, at_most=64)
worker_connections = env.integer("WEB_CONNECTIONS", 5000)
bind = binds()
keepalive = env.integer("WEB_KEEPALIVE_SECONDS", 75)  # longer than a load balancer's, which must be the one to close
timeout = 60
graceful_timeout = 25
control_socket_disable = True  # its default place is shared by every gunicorn of the user
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # gunicorn's heartbeat file, unlinked
logger_class = "core.front_logs.FrontLogger"
accesslog = None  # core.access_log writes it

# Whom to believe about address and scheme is decided by TRUSTED_PROXIES, in core.client_address.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}

NOT_TO_BE_HAD: Any = None  # Python's own sign, in place of a module
LIBC = ctypes.CDLL(None)
M_ARENA_MAX = -8  # of its malloc.h

limits = Limits(
    header=env.integer("WEB_HEADER_SECONDS", 10),
    body=env.integer("WEB_BODY_SECONDS", 30),
)


def on_starting(_server: Any) -> None:
    front_signals.heed_from_birth()
    start.say()
    # The master never loads the apps, and needs none of them for this.
    warnings.filterwarnings("ignore", message="Accessing the database during app initialization")
    try:
        start.prepare()
        unsafe = unsafe_settings(connection) if settings.ENVIRONMENT == "production" else []
    except OperationalError:
        return  # not there yet: the service starts, and answers 503 until it is
    finally:
        connection.close()
    if unsafe:
        env.stop(
            f"PostgreSQL would lose acknowledged writes in a crash: turn {', '.join(unsafe)} on, then start again."
        )


def post_fork(_server: Any, worker: Any) -> None:
    worker.limits = limits
    if hasattr(LIBC, "mallopt"):  # glibc's own: else each of a dozen threads gets a heap to itself, 4 MB in all
        LIBC.mallopt(M_ARENA_MAX, 2)
    if not settings.IS_TRACED:  # else redis-py loads it wherever it is installed: 2.5 MB of each process
        sys.modules["opentelemetry"] = NOT_TO_BE_HAD
    # Django REST framework loads these wherever they are, for pages that are not shown here: 3 MB.
    sys.modules |= dict.fromkeys(("markdown", "pygments", "yaml"), NOT_TO_BE_HAD)


def post_worker_init(_worker: Any) -> None:
    watchdog.arm(settings.DATABASE_WATCHDOG_SECONDS)
    start.serve()
    start.warm()
