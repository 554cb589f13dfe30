"""A Python that has loaded the libraries, and forks itself for each program that it is asked to run.

To load them takes a second of CPU, four fifths of a start of ours. Nothing of ours is loaded here, and no settings:
each program reads its environment, its settings and our code anew.
"""

import contextlib
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
from pathlib import Path
from typing import Any

# But gunicorn.config, which reads the environment and the folder as it is loaded.
LIBRARIES = (
    "asyncio",
    "cryptography.fernet",
    "django.contrib.admin.templatetags.log",
    "django.contrib.sessions.middleware",
    "django.contrib.staticfiles.management.commands.collectstatic",
    "django.core.management.commands.migrate",
    "django.db.backends.postgresql.base",
    "django.test",
    "django_htmx.middleware",
    "django_redis.client",
    "drf_spectacular.utils",
    "environ",
    "fido2.server",
    "gunicorn.glogging",
    "gunicorn.workers.gasgi",
    "h11",
    "markdown_it",
    "procrastinate.worker",
    "rest_framework.permissions",
    "uvloop",
    "whitenoise.storage",
)


def forks(orders: socket.socket) -> dict[str, Any]:
    """Returns in each process that is to be a program; here it ends with the last order."""
    while True:
        message, descriptors, _, _ = socket.recv_fds(orders, 1 << 20, 4)
        if not message:
            reap()
            sys.exit()
        if os.fork() == 0:
            orders.close()
            return program(json.loads(message), *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        reap()


def reap() -> None:
    """Those that have ended, so that their CPU counts as that of the tests."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def program(order: dict[str, Any], *descriptors: int) -> dict[str, Any]:
    """Forked again: the one in between tells the number of the process, and at last how it ended."""
    *standard, report = descriptors
    pid = os.fork()
    if pid:
        for descriptor in standard:
            os.close(descriptor)
        os.write(report, f"{pid}\n".encode())
        os.write(report, f"{os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n".encode())
        os._exit(0)
    for number, descriptor in enumerate(standard):
        os.dup2(descriptor, number)
    os.closerange(3, max(descriptors) + 1)
    return order


def run(words: list[str], folder: str, environment: dict[str, str]) -> None:
    """As the interpreter would, called so."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.dont_write_bytecode = bool(environment.get("PYTHONDONTWRITEBYTECODE"))
    found = [entry for entry in environment.get("PYTHONPATH", "").split(os.pathsep) if entry]
    if not Path(words[0]).name.startswith("python"):
        words = [sys.executable, str(Path(sys.executable).with_name(words[0])), *words[1:]]
    option, name = words[1], words[-1]
    if option in ("-m", "-c"):
        name = words[2]
        sys.path[:1] = [folder if option == "-m" else "", *found]
        sys.argv = [option, *words[3:]]
    else:
        sys.path[:1] = [str(Path(option).resolve().parent), *found]
        sys.argv = words[1:]
    if option == "-m":
        runpy.run_module(name, run_name="__main__", alter_sys=True)
    elif option == "-c":
        exec(name, {"__name__": "__main__"})  # noqa: S102  as -c does
    else:
        runpy.run_path(option, run_name="__main__")


if __name__ == "__main__":
    for library in LIBRARIES:
        importlib.import_module(library)
    gc.collect()
    gc.freeze()
    # To the end Ctrl-C is for the programs alone; and none is lost that comes to one while it is being forked.
    signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())
    wanted = forks(socket.socket(fileno=int(sys.argv[1])))
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    if wanted["own_session"]:
        os.setsid()
    run(wanted["words"], wanted["folder"], wanted["environment"])
