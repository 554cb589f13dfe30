"""`make backup` and `make restore` for the embedded PostgreSQL, running or not, with its own tools."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ  # type: ignore[import-untyped]  # it has no types
import psycopg
from psycopg import sql

from core.embedded import binaries, place, state
from core.embedded.engines import OWNER, PostgreSQL
from core.embedded.processes import Trouble
from core.embedded.run import manage

INCOMING = f"{OWNER}_incoming"
BEFORE = f"{OWNER}_before_restore"


def backup(name: str) -> int:
    """Into a file that only we may read, complete or not there at all."""
    file = Path(name).absolute()
    part = file.with_name(f".{file.name}.part")
    with embedded_postgres() as postgres:
        try:
            descriptor = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as output:
                tool(postgres, "pg_dump", "--format=custom", "--no-owner", OWNER, output=output)
                os.fsync(output.fileno())
            part.replace(file)
        except OSError as error:
            raise Trouble(f"{file} cannot be written: {error.strerror}.") from None
        finally:
            with suppress(OSError):  # in place by now, or never made
                part.unlink()
    sys.stdout.write(f"{file} holds the database, {file.stat().st_size} bytes.\n")
    return 0


def restore(name: str) -> int:
    """Into a new database that takes the place of the present one once it is complete; that one is kept aside."""
    file = Path(name).absolute()
    if not file.is_file():
        raise Trouble(f"{file} is not there.")
    with embedded_postgres() as postgres:
        with postgres.admin() as connection:
            replace(connection, INCOMING)
        with file.open("rb") as content:
            options = ("--no-owner", f"--role={OWNER}", "--exit-on-error", "-d", INCOMING)
            tool(postgres, "pg_restore", *options, input=content)
        with postgres.admin() as connection:
            swap(connection)
        finish(postgres)
    sys.stdout.write(f"Restored from {file}. The database as it was is kept as {BEFORE} until the next restore.\n")
    return 0


@contextmanager
def embedded_postgres() -> Iterator[PostgreSQL]:
    """That of the running supervisor, else one that is started for this while nobody else may."""
    environ.Env.read_env(state.ROOT / ".env")
    if os.environ.get("DATABASE_URL"):
        raise Trouble("DATABASE_URL is set: back up and restore that server with its own pg_dump and pg_restore.")
    folder = state.folder()
    told = state.read()
    postgres, _ = place.engines_below(place.make_folder(folder))
    if told is not None:
        postgres.port = urlsplit(told.database_url).port or 0
        postgres.programs = binaries.postgres(postgres.account, postgres.reachable)
        yield postgres
        return
    with place.take(folder):
        postgres.start()
        try:
            yield postgres
        finally:
            postgres.stop()


def tool(postgres: PostgreSQL, program: str, *arguments: str, **streams: Any) -> None:
    env = {**os.environ, "PGHOST": "127.0.0.1", "PGPORT": str(postgres.port), "PGUSER": "postgres"}
    done = subprocess.run(  # noqa: S603  a program of PostgreSQL
        [str(postgres.programs / program), *arguments],
        env={**env, "PGPASSWORD": postgres.secret()},
        stdin=streams.get("input", subprocess.DEVNULL),
        stdout=streams.get("output"),
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise Trouble(
            f"{program} failed, and nothing was changed: {done.stderr.decode(errors='replace').strip()[-500:]}"
        )


def replace(connection: "psycopg.Connection[tuple[object, ...]]", database: str) -> None:
    """An empty database of this name, whatever was there."""
    drop(connection, database)
    connection.execute(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(
            sql.Identifier(database), sql.Identifier(OWNER)
        )
    )


def drop(connection: "psycopg.Connection[tuple[object, ...]]", database: str) -> None:
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


def swap(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    """The service's connections end, and its next ones find the restored database."""
    drop(connection, BEFORE)
    with connection.transaction():
        for old, new in ((OWNER, BEFORE), (INCOMING, OWNER)):
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [old])
            connection.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new))
            )


def finish(postgres: PostgreSQL) -> None:
    """An older dump gets today's migrations; what Redis holds was built from other rows with the same versions."""
    env = {**os.environ, "DATABASE_URL": postgres.url}
    manage(env, "migrate", "--no-input")
    if state.read() is not None:
        manage(env, "clear_incident_cache")
