from typing import Any

from django.db import migrations

INDEXES = {"event_position": "incidents_event", "deletion_position": "incidents_deletion"}


def concurrently(editor: Any) -> str:
    """Writers go on meanwhile; inside of a transaction, as in a test, it cannot be."""
    return "" if editor.connection.in_atomic_block else "CONCURRENTLY"


def create(apps: Any, editor: Any) -> None:
    how = concurrently(editor)
    if how:  # it waits for transactions that are older, which nobody has to wait for in turn
        editor.execute("SET lock_timeout = 0")
    for index, table in INDEXES.items():
        editor.execute(f"DROP INDEX {how} IF EXISTS {index}")  # an attempt that was broken off leaves an invalid one
        editor.execute(f"CREATE INDEX {how} {index} ON {table} (epoch, xid, sequence) WHERE xid IS NOT NULL")
    if how:
        editor.execute("RESET lock_timeout")


def drop(apps: Any, editor: Any) -> None:
    for index in INDEXES:
        editor.execute(f"DROP INDEX {concurrently(editor)} IF EXISTS {index}")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("incidents", "0005_stream_positions")]

    operations = [migrations.RunPython(create, drop)]
