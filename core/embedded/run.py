"""`make run`: the whole product on this machine, from engines to the first log-in, until it is told to stop."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import environ  # type: ignore[import-untyped]  # it has no types

from core.embedded import place, processes, state
from core.embedded.engines import Engine
from core.embedded.processes import Trouble
from core.embedded.supervisor import Child, Stopped, Supervisor

ROOT = state.ROOT
READY_SECONDS = 40.0
SERVICE_STOP_SECONDS = 6.0
ENGINE_STOP_SECONDS = 3.0
SERVICES = {
    "The web server": [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.conf.py"],
    "The worker": [sys.executable, "manage.py", "worker"],
}
EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104  what the user may have asked for


class Settings:
    """What the environment says about this run; .env is read as the service reads it."""

    def __init__(self) -> None:
        environ.Env.read_env(ROOT / ".env")
        self.host = os.environ.get("HOST", "").strip() or "127.0.0.1"
        self.port = port_of(os.environ.get("PORT", "").strip() or "3000")
        self.database_url = os.environ.get("DATABASE_URL", "").strip()
        self.redis_url = redis_url()
        self.admin_email = os.environ.get("ADMIN_EMAIL", "").strip() or "admin@example.com"
        self.is_own_password = bool(os.environ.get("ADMIN_PASSWORD"))
        self.admin_password = os.environ.get("ADMIN_PASSWORD") or secrets.token_urlsafe(12)
        shown = "127.0.0.1" if self.host in EVERYWHERE else self.host
        self.address = f"http://{f'[{shown}]' if ':' in shown else shown}:{self.port}"


def redis_url() -> str:
    """As the service reads it; empty when the environment names no Redis."""
    url, host, port = (os.environ.get(name, "").strip() for name in ("REDIS_URL", "REDIS_HOST", "REDIS_PORT"))
    return url or (f"redis://{host or '127.0.0.1'}:{port or 6379}/0" if host or port else "")


def port_of(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise Trouble(f"PORT={text!r} is not valid: it must be a whole number from 1 to 65535.")
    return int(text)


def refuse_taken_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.closing(socket.socket(family)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Trouble(
                f"{host}:{port} cannot be used ({error.strerror}): free it, or choose another one: "
                f"make run PORT={port + 1 if port < 65535 else 3000}"
            ) from None


def run() -> int:
    """Returns the exit code. Everything that it started has ended by then."""
    settings = Settings()
    refuse_taken_port(settings.host, settings.port)
    folder = place.make_folder(state.folder())
    with place.take(folder):
        supervisor = Supervisor()
        supervisor.listen()
        try:
            bring_up(supervisor, settings, folder)
            supervisor.keep()
        except Stopped:
            return 0
        finally:
            supervisor.stop_all()
            state.forget()
    return 0


def bring_up(supervisor: Supervisor, settings: Settings, folder: Path) -> None:
    env = {**os.environ, "HOST": settings.host, "PORT": str(settings.port)}
    env.setdefault("BASE_URL", settings.address)
    env.setdefault("SECRET_KEY", place.secret_key(folder))
    env.setdefault("METRICS_DIR", str(folder / "metrics"))
    env.setdefault("LOG_FORMAT", "console" if sys.stdout.isatty() else "json")
    start_engines(supervisor, settings, folder, env)
    is_new = prepare(settings, env)
    for name, command in SERVICES.items():
        supervisor.services.append(service(name, command, env))
        supervisor.services[-1].begin()
    supervisor.on_change = lambda: tell_others(supervisor, env)
    supervisor.on_change()
    wait_until_ready(settings, supervisor)
    sys.stdout.write(welcome(settings, is_new))
    sys.stdout.flush()


def start_engines(supervisor: Supervisor, settings: Settings, folder: Path, env: dict[str, str]) -> None:
    """Those that the environment does not name already."""
    postgres, valkey = place.engines_below(folder)
    if not settings.database_url:
        start_engine(supervisor, postgres)
    if not settings.redis_url:
        start_engine(supervisor, valkey)
    env["DATABASE_URL"] = settings.database_url or postgres.url
    env["REDIS_URL"] = settings.redis_url or valkey.url


def start_engine(supervisor: Supervisor, engine: Engine) -> None:
    child = Child(engine.name, engine.start, engine.stop_signal, ENGINE_STOP_SECONDS)
    supervisor.engines.append(child)
    child.begin()


def service(name: str, command: list[str], env: dict[str, str]) -> Child:
    def start() -> "subprocess.Popen[bytes]":
        return processes.start(command, on_death=signal.SIGTERM, cwd=ROOT, env=env)

    return Child(name, start, signal.SIGTERM, SERVICE_STOP_SECONDS)


def manage(env: dict[str, str], *arguments: str) -> str:
    """A command of manage.py, to its end; what it said on standard output. Raises Trouble with its complaint."""
    done = subprocess.run(  # noqa: S603  our own manage.py
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Trouble(f"manage.py {arguments[0]} failed: {done.stderr.strip()[-2000:]}")
    return done.stdout


def prepare(settings: Settings, env: dict[str, str]) -> bool:
    """Migrate, and make an administrator where there is none yet; False when there was."""
    variables = {**env, "ADMIN_PASSWORD": settings.admin_password}
    return bool(manage(variables, "prepare", settings.admin_email).strip())


def tell_others(supervisor: Supervisor, env: dict[str, str]) -> None:
    children = (*supervisor.engines, *supervisor.services)
    state.write(
        state.State(
            supervisor=os.getpid(),
            base_url=env["BASE_URL"],
            database_url=env["DATABASE_URL"],
            redis_url=env["REDIS_URL"],
            secret_key=env["SECRET_KEY"],
            pids={child.name: child.process.pid for child in children if child.process},
        )
    )


def wait_until_ready(settings: Settings, supervisor: Supervisor) -> None:
    web = supervisor.services[0].process
    if web is None or not processes.wait_until(lambda: answers(f"{settings.address}/ready"), web, READY_SECONDS):
        raise Trouble("The service does not become ready: its log lines above say why.")


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):  # noqa: S310  our own address
            return True
    except OSError:  # an HTTPError is one, too
        return False


def welcome(settings: Settings, is_new: bool) -> str:
    email = settings.admin_email
    if not is_new:
        log_in = "as before (forgotten: manage.py create_admin EMAIL)"
    elif settings.is_own_password:
        log_in = f"{email}, with ADMIN_PASSWORD"
    else:
        log_in = f"{email}, password {settings.admin_password} (shown this once)"
    return f"""
  The incident service is ready.

  Address    {settings.address}
  Log in     {settings.address}  {log_in}
  API token  .venv/bin/python manage.py create_token {email} --scope admin
  Stop       Ctrl-C here; the data stays in {state.folder()}

"""
