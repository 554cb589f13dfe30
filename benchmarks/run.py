"""Measures the service with the load harness, on engines of its own: `make bench ARGS="--rows 100000 --peer"`.

The harness and the peer lie beside the project (../shared/bench, or BENCH_HARNESS); wrk must be installed, and node for
the peer. Both servers use one PostgreSQL and one Valkey, and their rounds alternate. Everything stays on loopback.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from core.embedded import processes, temporary
from core.embedded.engines import PostgreSQL, Valkey, free_port
from core.embedded.processes import Trouble
from core.embedded.run import manage

ROOT = Path(__file__).resolve().parents[1]
HARNESS = Path(os.environ.get("BENCH_HARNESS") or ROOT.parent / "shared" / "bench")


class OpenValkey(Valkey):
    """Without a password: the peer knows none."""

    def secret(self) -> str:
        return ""

    def lines(self) -> dict[str, object]:
        return {name: value for name, value in super().lines().items() if name != "requirepass"}


def main() -> int:
    options = arguments()
    for what, is_there in (("wrk", shutil.which("wrk")), (HARNESS / "run.py", (HARNESS / "run.py").exists())):
        if not is_there:
            raise Trouble(f"{what} is missing: install wrk, and name the folder of the harness with BENCH_HARNESS.")
    with ExitStack() as stack:
        postgres, valkey = stack.enter_context(temporary.engines(OpenValkey))
        postgres.start()
        valkey.start()
        env = service_env(postgres, valkey)
        manage(env, "migrate", "--no-input")
        if options.rows:
            fill(postgres, postgres.url, ROOT / "benchmarks" / "fill.sql", options.rows)
        url = stack.enter_context(serving(env, [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.conf.py"]))
        manage({**env, "ADMIN_PASSWORD": "a password of a benchmark"}, "create_admin", "bench@example.com")
        token = manage(env, "create_token", "bench@example.com", "--scope", "admin").strip()
        command = [sys.executable, HARNESS / "run.py", url, "--map", HARNESS / "map.json"]
        command += ["--header", f"Authorization: Bearer {token}"]
        if options.peer:
            command += ["--vs", stack.enter_context(peer(postgres, valkey, options.rows))]
        elif options.vs:
            command += ["--vs", options.vs]
        if options.peer or options.vs:
            command += ["--vs-map", HARNESS / "map.default.json"]
        return subprocess.run([str(part) for part in (*command, *options.harness)], check=False).returncode  # noqa: S603  the harness


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument("--rows", type=int, default=0, help="incidents that are there before it begins")
    parser.add_argument("--peer", action="store_true", help="start the Express peer and alternate with it")
    parser.add_argument("--vs", help="the address of a peer that is up already")
    parser.add_argument("harness", nargs="*", help="after --: options of the harness")
    return parser.parse_args()


def service_env(postgres: PostgreSQL, valkey: Valkey) -> dict[str, str]:
    port = str(free_port())
    return {
        **os.environ,
        "DATABASE_URL": postgres.url,
        "REDIS_URL": valkey.url,
        "HOST": "127.0.0.1",
        "PORT": port,
        "BASE_URL": f"http://127.0.0.1:{port}",
        "SECRET_KEY": "of a benchmark on loopback, and of nothing else",
        "RATE_LIMITS_ENABLED": "0",
        "LOG_FORMAT": "json",
    }


def fill(postgres: PostgreSQL, url: str, script: Path, rows: int) -> None:
    psql = [postgres.programs / "psql", url, "-q", "-v", "ON_ERROR_STOP=1", "-v", f"n={rows}", "-f", script]
    subprocess.run([str(part) for part in psql], check=True)  # noqa: S603  a program of PostgreSQL


@contextmanager
def serving(env: dict[str, str], command: list[str]) -> Iterator[str]:
    """Its log lines go to a file: a terminal would be measured with it."""
    url = f"http://127.0.0.1:{env['PORT']}"
    with tempfile.TemporaryFile() as log:
        server = processes.start(command, on_death=signal.SIGTERM, cwd=ROOT, env=env, output=log)
        try:
            if not processes.wait_until(lambda: is_up(url), server, 30):
                log.seek(0)
                raise Trouble(f"{command[0]} does not answer: {log.read()[-1000:].decode(errors='replace')}")
            yield url
        finally:
            server.terminate()
            processes.stop(server, 10)


def is_up(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=1):  # noqa: S310  loopback
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        time.sleep(0.1)
        return False


@contextmanager
def peer(postgres: PostgreSQL, valkey: Valkey, rows: int) -> Iterator[str]:
    """The Express peer on a database of its own in the same PostgreSQL."""
    url = postgres.url.rsplit("/", 1)[0] + "/peer"
    with postgres.admin() as connection:
        connection.execute("CREATE DATABASE peer OWNER incidents")
    fill(postgres, url, HARNESS / "sql" / "schema.sql", rows)
    if rows:
        fill(postgres, url, HARNESS / "sql" / "fill.sql", rows)
    env = {**os.environ, "DATABASE_URL": url, "REDIS_PORT": str(valkey.port), "PORT": str(free_port())}
    with serving(env, ["bash", str(HARNESS / "run_peer.sh"), env["PORT"], "peer"]) as address:
        yield address


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Trouble as trouble:
        sys.exit(str(trouble))
