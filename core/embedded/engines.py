"""PostgreSQL and Valkey for a machine that has neither, each below a folder of its own, on loopback with a password.

postgres = PostgreSQL(folder / "postgres", account=account_for(folder / "postgres"))
postgres.start()      # initdb at the first start; returns when it accepts connections
postgres.url          # postgresql://incidents:…@127.0.0.1:port/incidents; the same after stop() and start()
postgres.pids()       # postmaster first, then its backends
postgres.stop()       # or kill what pids() names, then start() again
"""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import time
from pathlib import Path

import psycopg
from psycopg import sql
from redis import Redis
from redis.exceptions import RedisError

from core.embedded import binaries, processes
from core.embedded.processes import Account, Trouble

OWNER = "incidents"
SUPERUSER = "postgres"
START_SECONDS = 60.0  # a recovery after a crash takes its time
# A postmaster that was killed leaves backends, and one that is stopping a lock file, for a moment.
TRIES = 10
LOG_BYTES = 10 * 2**20


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def made_once(file: Path, length: int) -> str:
    """A secret of so many random bytes, in a file that we alone may read; the same from the first call on."""
    if not file.exists():
        with os.fdopen(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as stream:
            stream.write(secrets.token_urlsafe(length))
    return file.read_text()


class Engine:
    name: str
    stop_signal: signal.Signals

    def __init__(self, folder: Path, account: Account, reachable: Path | None = None) -> None:
        self.folder = folder
        self.account = account
        self.reachable = reachable or folder.parent
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str | Path]:
        raise NotImplementedError

    def prepare(self) -> None:
        raise NotImplementedError

    def is_ready(self) -> bool:
        raise NotImplementedError

    def start(self) -> "subprocess.Popen[bytes]":
        """Returns when it answers. Raises Trouble with the last that it said."""
        self.prepare()
        for _ in range(TRIES):
            process = self.begin()
            if processes.wait_until(self.is_ready, process, START_SECONDS):
                return process
            self.stop()
            time.sleep(0.5)
        raise Trouble(f"{self.name} does not start. The end of {self.log} says: {self.last_words()}")

    def begin(self) -> "subprocess.Popen[bytes]":
        """One try."""
        with self.log.open("ab") as output:
            self.process = processes.start(
                self.command(), on_death=self.stop_signal, account=self.account, output=output, env=self.environment()
            )
        return self.process

    def stop(self, within: float = 5) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            processes.stop(self.process, within)

    def pids(self) -> list[int]:
        """The engine and its children, the engine first."""
        if self.process is None or self.process.poll() is not None:
            return []
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]

    @property
    def log(self) -> Path:
        return self.folder.parent / f"{self.folder.name}.log"

    def keep_log_small(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))

    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()
        return " / ".join(line.strip() for line in lines[-3:])

    def environment(self) -> dict[str, str]:
        """Nothing of ours: an engine that is told of PG* variables or of a locale behaves differently each time."""
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC", "HOME": str(self.folder)}

    def secret(self) -> str:
        """The password, made once, readable by us alone."""
        return made_once(self.folder.parent / f"{self.folder.name}.password", 24)

    def make_folder(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.account.own(self.folder)
        self.keep_log_small()


class PostgreSQL(Engine):
    name = "PostgreSQL"
    stop_signal = signal.SIGINT  # its SIGTERM waits for the clients

    def prepare(self) -> None:
        self.programs = binaries.postgres(self.account, self.reachable)
        self.make_folder()
        version = self.folder / "PG_VERSION"
        if not version.exists():
            self.initdb()
        major = version.read_text().strip()
        if major != self.major():
            raise Trouble(
                f"The data in {self.folder} is of PostgreSQL {major}, and this is {self.major()}: go back to the "
                "version of this service that wrote it, run `make backup FILE=…`, and restore that with this one."
            )

    def major(self) -> str:
        command = [str(self.programs / "postgres"), "--version"]
        said = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  a program of ours
        return said.stdout.split()[2].split(".")[0]

    def initdb(self) -> None:
        """Into an empty folder; one that was cut short is begun anew, since PG_VERSION is among the last it writes."""
        password_file = self.folder.parent / "initdb.password"
        password_file.write_text(self.secret())
        password_file.chmod(0o600)
        self.account.own(password_file)
        options = ["-U", SUPERUSER, "-A", "scram-sha-256", "-E", "UTF8", "--locale-provider=builtin"]
        options += ["--builtin-locale=C.UTF-8", "--no-instructions"]
        made = subprocess.run(  # noqa: S603  a program of PostgreSQL
            [self.programs / "initdb", "-D", self.folder, "--pwfile", password_file, *options],
            cwd="/",
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            **self.account.options(),
        )
        password_file.unlink()
        if made.returncode:
            raise Trouble(f"PostgreSQL could not make its data in {self.folder}: {made.stderr.strip()[-500:]}")

    def command(self) -> list[str | Path]:
        options = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": ""}
        return [
            self.programs / "postgres",
            "-D",
            self.folder,
            *(word for name, value in options.items() for word in ("-c", f"{name}={value}")),
        ]

    @property
    def url(self) -> str:
        return f"postgresql://{OWNER}:{self.secret()}@127.0.0.1:{self.port}/{OWNER}"

    def admin(self, database: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        """A connection as the superuser, who is not the service: the service may not TRUNCATE its logs."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=SUPERUSER,
            password=self.secret(),
            dbname=database,
            autocommit=True,
            connect_timeout=2,
        )

    def is_ready(self) -> bool:
        try:
            with self.admin() as connection:
                self.make_database(connection)
        except psycopg.OperationalError:
            return False
        return True

    def make_database(self, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        name = sql.Identifier(OWNER)
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone():
            # CREATEDB: tests make a database of their own.
            role = sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}").format(name, sql.Literal(self.secret()))
            connection.execute(role)
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [OWNER]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, name))


class Valkey(Engine):
    name = "Valkey"
    stop_signal = signal.SIGTERM

    def prepare(self) -> None:
        self.binary = binaries.valkey(self.account, self.reachable)
        self.make_folder()

    def lines(self) -> dict[str, object]:
        return {
            "bind": "127.0.0.1",
            "port": self.port,
            "requirepass": self.secret(),
            "save": '""',
            "appendonly": "no",
            "maxmemory": "128mb",
            "maxmemory-policy": "allkeys-lru",
            "dir": f'"{self.folder}"',
        }

    def command(self) -> list[str | Path]:
        file = self.folder / "valkey.conf"  # not the command line, which everybody can read
        file.touch(mode=0o600)
        file.write_text("".join(f"{name} {value}\n" for name, value in self.lines().items()))
        self.account.own(file)
        return [self.binary, file]

    @property
    def url(self) -> str:
        return f"redis://default:{self.secret()}@127.0.0.1:{self.port}/0"  # named, or redis-cli takes it for nobody

    def is_ready(self) -> bool:
        try:
            with Redis(host="127.0.0.1", port=self.port, password=self.secret(), socket_timeout=1) as client:
                return bool(client.ping())
        except RedisError:
            return False
