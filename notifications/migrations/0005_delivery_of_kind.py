from typing import Any

from django.db import migrations, models

INDEX = models.Index(fields=["kind", "-id"], name="delivery_of_kind")


def concurrently(editor: Any) -> str:
    """Writers go on meanwhile; inside of a transaction, as in a test, it cannot be."""
    return "" if editor.connection.in_atomic_block else "CONCURRENTLY"


def create(apps: Any, editor: Any) -> None:
    how = concurrently(editor)
    if how:  # it waits for transactions that are older, which nobody has to wait for in turn
        editor.execute("SET lock_timeout = 0")
    editor.execute(f"DROP INDEX {how} IF EXISTS {INDEX.name}")  # an attempt that was broken off leaves an invalid one
    editor.execute(f"CREATE INDEX {how} {INDEX.name} ON notifications_delivery (kind, id DESC)")
    if how:
        editor.execute("RESET lock_timeout")


def drop(apps: Any, editor: Any) -> None:
    editor.execute(f"DROP INDEX {concurrently(editor)} IF EXISTS {INDEX.name}")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("notifications", "0004_bounced")]

    operations = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunPython(create, drop)], [migrations.AddIndex("delivery", INDEX)]
        ),
    ]
