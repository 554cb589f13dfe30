import logging
from typing import Any

from django.db import Error, migrations, models, transaction

logger = logging.getLogger(__name__)

TRIGRAMS = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX incident_word_trigrams ON incidents_word USING gin (text gin_trgm_ops);
"""


def try_trigrams(apps: Any, editor: Any) -> None:
    """Whoever owns the database may, if the server has the extension. Without it searches forgive fewer typos."""
    try:
        with transaction.atomic(using=editor.connection.alias):
            editor.execute(TRIGRAMS)
    except Error as error:
        logger.warning("no_trigrams", extra={"error": str(error)})


class Migration(migrations.Migration):
    dependencies = [("incidents", "0009_search")]

    operations = [
        migrations.CreateModel(
            name="Word",
            fields=[("text", models.CharField(max_length=30, primary_key=True, serialize=False))],
            options={"db_table": "incidents_word", "default_permissions": ()},
        ),
        migrations.CreateModel(
            name="WordState",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("updated_at", models.DateTimeField()),
                ("incident_id", models.UUIDField()),
            ],
            options={
                "db_table": "incidents_word_state",
                "default_permissions": (),
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="word_state_one_row")],
            },
        ),
        migrations.RunPython(try_trigrams, migrations.RunPython.noop),
    ]
