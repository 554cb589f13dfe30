"""The index of words in another language, made beside the one that is in use and then put in its place.

No lock is held for long: a column that the database fills in for what is new, batches for what was there before, an
index made concurrently, and a change of names at the end. Whoever breaks it off begins where it ended.
"""

import logging
import re
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.db import OperationalError, connection, transaction

NAME = re.compile(r"[a-z0-9_]+", re.ASCII)
T = TypeVar("T")
logger = logging.getLogger(__name__)

# Nobody else writes for as long as a batch takes, a tenth of a second among a million incidents, and after it they do.
BATCH, REST_SECONDS = 100, 0.05
TRIES, PAUSE_SECONDS = 60, 1.0
SESSION = "SET statement_timeout = 0; SET lock_timeout = '2s'"
IS_KNOWN = "SELECT EXISTS (SELECT FROM pg_ts_config WHERE cfgname = '{}')"
KNOWN = "SELECT string_agg(cfgname, ', ' ORDER BY cfgname) FROM pg_ts_config"
HAS_CONFIG = "SELECT to_regproc('incidents_search_config') IS NOT NULL"
CURRENT = "SELECT incidents_search_config()::text"


@dataclass(frozen=True, slots=True)
class Indexed:
    """A table with a column `search`. `vector` reads the columns of `row`."""

    table: str
    guard: str  # the trigger that refuses what we do to rows: they get another index, and stay what they are
    index: str
    vector: str
    of_columns: str
    condition: str


INDEXED = (
    Indexed(
        "incidents_incident",
        "incident_guard",
        "incident_search",
        "setweight(to_tsvector('{config}', {row}.title), 'A') || "
        "setweight(to_tsvector('{config}', {row}.description), 'B')",
        "INSERT OR UPDATE OF title, description",
        "true",
    ),
    Indexed(
        "incidents_event",
        "event_append_only",
        "event_search",
        "CASE WHEN {row}.type = 'COMMENTED' THEN to_tsvector('{config}', coalesce({row}.data ->> 'body', '')) END",
        "INSERT",
        "type = 'COMMENTED'",
    ),
)
FILL = """
CREATE OR REPLACE FUNCTION {table}_{column}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.{column} := {vector};
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER {table}_{column} BEFORE {of_columns} ON {table}
    FOR EACH ROW EXECUTE FUNCTION {table}_{column}();
"""
# The comment tells for whoever goes on in which language it is.
PREPARE = f"""
ALTER TABLE {{table}} ADD COLUMN IF NOT EXISTS search_next tsvector;
COMMENT ON COLUMN {{table}}.search_next IS '{{config}}';
{FILL}
"""
ABANDONED = """
SELECT col_description(attrelid, attnum) FROM pg_attribute
WHERE attrelid = '{table}'::regclass AND attname = 'search_next' AND NOT attisdropped
"""
# Without its guard for the time of the transaction, which lets nobody else write meanwhile. Whoever holds a row has it,
# and waits for us: their rows are passed by, and come in the next round.
FILL_BATCH = """
ALTER TABLE {table} DISABLE TRIGGER {guard};
WITH batch AS MATERIALIZED (
    SELECT id FROM {table} WHERE id > '{after}' AND search_next IS NULL AND {condition}
    ORDER BY id LIMIT {batch} FOR UPDATE SKIP LOCKED
), filled AS (
    UPDATE {table} AS entry SET search_next = {vector} FROM batch WHERE entry.id = batch.id
)
SELECT id FROM batch ORDER BY id DESC LIMIT 1;
"""
GUARD_AGAIN = "ALTER TABLE {table} ENABLE TRIGGER {guard}"
MAKE_INDEX = "CREATE INDEX CONCURRENTLY {index}_next ON {table} USING gin (search_next) WHERE {condition}"
SWAP = f"""
DROP TRIGGER {{table}}_search_next ON {{table}};
DROP FUNCTION {{table}}_search_next();
DROP TRIGGER IF EXISTS {{table}}_search ON {{table}};
ALTER TABLE {{table}} DROP COLUMN search;
ALTER TABLE {{table}} RENAME COLUMN search_next TO search;
ALTER INDEX {{index}}_next RENAME TO {{index}};
{FILL}
"""
SWAP_CONFIG = """
CREATE OR REPLACE FUNCTION incidents_search_config() RETURNS regconfig LANGUAGE sql STABLE PARALLEL SAFE
    AS $$SELECT '{config}'::regconfig$$
"""
NOBODY = uuid.UUID(int=0)


def current() -> str | None:
    """The language of the index that is in use; None without our tables."""
    return str(asked(CURRENT)) if asked(HAS_CONFIG) else None


def warn_if_other() -> None:
    found = current()
    if found not in (None, settings.SEARCH_LANGUAGE):
        extra = {"index": found, "wanted": settings.SEARCH_LANGUAGE, "remedy": "manage.py rebuild_search"}
        logger.warning("search_language_differs", extra=extra)


def rebuild(config: str) -> Iterator[tuple[str, int]]:
    """Raises LookupError for a language that PostgreSQL does not know. Yields what was done, and of how many rows."""
    if not NAME.fullmatch(config) or not asked(IS_KNOWN.format(config)):
        raise LookupError(f"PostgreSQL knows no text search configuration {config!r}, but {asked(KNOWN)}.")
    run(SESSION)
    for indexed in INDEXED:
        patiently(lambda indexed=indexed: prepare(indexed, config))  # type: ignore[misc]  # bound at once
        for count in filled(indexed, config):
            yield indexed.table, count
        make_index(indexed)
    patiently(lambda: swap(config))


@transaction.atomic
def prepare(indexed: Indexed, config: str) -> None:
    begun = asked(ABANDONED.format(table=indexed.table))
    if begun not in (None, config):
        run(f"ALTER TABLE {indexed.table} DROP COLUMN search_next")
    run(written(PREPARE, indexed, config, row="NEW", column="search_next"))


def filled(indexed: Indexed, config: str) -> Iterator[int]:
    """Rounds, until one finds nothing left."""
    count, after, is_round_empty = 0, NOBODY, True
    while True:
        last = patiently(lambda after=after: fill_batch(indexed, config, after))  # type: ignore[misc]  # bound at once
        if last is not None:
            count, after, is_round_empty = count + BATCH, last, False
            yield count
            time.sleep(REST_SECONDS)
        elif is_round_empty:
            return
        else:
            after, is_round_empty = NOBODY, True


@transaction.atomic
def fill_batch(indexed: Indexed, config: str, after: uuid.UUID) -> uuid.UUID | None:
    last = asked(written(FILL_BATCH, indexed, config, row="entry", after=after, batch=BATCH))
    run(written(GUARD_AGAIN, indexed, config))
    return None if last is None else uuid.UUID(str(last))


def make_index(indexed: Indexed) -> None:
    """It waits for transactions that are older, which nobody has to wait for in turn."""
    run("SET lock_timeout = 0")
    run(f"DROP INDEX CONCURRENTLY IF EXISTS {indexed.index}_next")
    run(written(MAKE_INDEX, indexed, ""))
    run(f"ANALYZE {indexed.table} (search_next)")
    run(SESSION)


@transaction.atomic
def swap(config: str) -> None:
    for indexed in INDEXED:
        run(written(SWAP, indexed, config, row="NEW", column="search"))
    run(SWAP_CONFIG.format(config=config))


def patiently(act: Callable[[], T]) -> T:
    """Whoever holds a lock lets it go sometime; nobody should have to queue behind us until then."""
    for _ in range(TRIES - 1):
        try:
            return act()
        except OperationalError:
            time.sleep(PAUSE_SECONDS)
    return act()


def written(statement: str, indexed: Indexed, config: str, row: str = "", **more: object) -> str:
    vector = indexed.vector.format(config=config, row=row)
    names = {name: getattr(indexed, name) for name in ("table", "guard", "index", "of_columns", "condition")}
    return statement.format(config=config, vector=vector, **names, **more)


def run(statement: str) -> Any:
    """Several statements in one, which cannot be prepared."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        return connection.connection.execute(statement, prepare=False)


def asked(statement: str) -> Any:
    """The first value of the last statement's answer; None without one."""
    cursor = run(statement)
    while cursor.nextset():
        pass
    row = cursor.fetchone()
    return row[0] if row else None
