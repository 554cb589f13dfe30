from typing import Any

from django.db import migrations, models

OLD = "delivery_waiting"
INDEX = models.Index(fields=["incident_id", "finished_at", "sequence"], name="delivery_unfinished")


def concurrently(editor: Any) -> str:
    """Writers go on meanwhile; inside of a transaction, as in a test, it cannot be."""
    return "" if editor.connection.in_atomic_block else "CONCURRENTLY"


def replace(editor: Any, old: str, new: str, on: str) -> None:
    how = concurrently(editor)
    if how:  # it waits for transactions that are older, which nobody has to wait for in turn
        editor.execute("SET lock_timeout = 0")
    editor.execute(f"DROP INDEX {how} IF EXISTS {new}")  # an attempt that was broken off leaves an invalid one
    editor.execute(f"CREATE INDEX {how} {new} ON notifications_delivery {on}")
    editor.execute(f"DROP INDEX {how} IF EXISTS {old}")
    if how:
        editor.execute("RESET lock_timeout")


def create(apps: Any, editor: Any) -> None:
    replace(editor, OLD, INDEX.name, "(incident_id, finished_at, sequence)")


def undo(apps: Any, editor: Any) -> None:
    replace(editor, INDEX.name, OLD, "(incident_id, endpoint_id, sequence) WHERE state = 'PENDING'")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("notifications", "0005_delivery_of_kind")]

    operations = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunPython(create, undo)],
            [migrations.RemoveIndex("delivery", OLD), migrations.AddIndex("delivery", INDEX)],
        ),
    ]
