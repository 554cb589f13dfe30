from django.db import migrations

# 0002 takes the right to TRUNCATE from the owner; a superuser, as in the official image, needs none.
TRUNCATE_IS_REFUSED = """
CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON incidents_event
    FOR EACH STATEMENT EXECUTE FUNCTION incidents_event_is_append_only();
"""

UNDO_TRUNCATE = "DROP TRIGGER event_no_truncate ON incidents_event;"


class Migration(migrations.Migration):
    dependencies = [("incidents", "0002_guards")]

    operations = [migrations.RunSQL(TRUNCATE_IS_REFUSED, UNDO_TRUNCATE)]
