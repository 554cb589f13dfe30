from django.db import migrations

# 0002 takes the right to TRUNCATE from the owner; a superuser, as in the official image, needs none.
TRUNCATE_IS_REFUSED = """
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON users_audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION users_audit_is_append_only();
"""

UNDO_TRUNCATE = "DROP TRIGGER audit_no_truncate ON users_audit_entry;"


class Migration(migrations.Migration):
    dependencies = [("users", "0002_guards")]

    operations = [migrations.RunSQL(TRUNCATE_IS_REFUSED, UNDO_TRUNCATE)]
