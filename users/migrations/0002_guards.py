from django.db import migrations

AUDIT_IS_APPEND_ONLY = """
CREATE FUNCTION users_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON users_audit_entry
    FOR EACH ROW EXECUTE FUNCTION users_audit_is_append_only();

REVOKE TRUNCATE ON users_audit_entry FROM CURRENT_USER;
"""

UNDO_AUDIT = """
GRANT TRUNCATE ON users_audit_entry TO CURRENT_USER;
DROP TRIGGER audit_append_only ON users_audit_entry;
DROP FUNCTION users_audit_is_append_only();
"""

NAMES_RAISE_THE_DIRECTORY = """
INSERT INTO users_directory (id, version) VALUES (1, 1);

CREATE FUNCTION users_name_raises_directory() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE users_directory SET version = version + 1;
    RETURN NULL;
END $$;

CREATE TRIGGER name_raises_directory AFTER UPDATE OF name, email ON users_user
    FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name OR OLD.email IS DISTINCT FROM NEW.email)
    EXECUTE FUNCTION users_name_raises_directory();
"""

UNDO_DIRECTORY = """
DROP TRIGGER name_raises_directory ON users_user;
DROP FUNCTION users_name_raises_directory();
DELETE FROM users_directory;
"""


class Migration(migrations.Migration):
    dependencies = [("users", "0001_initial")]

    operations = [
        migrations.RunSQL(AUDIT_IS_APPEND_ONLY, UNDO_AUDIT),
        migrations.RunSQL(NAMES_RAISE_THE_DIRECTORY, UNDO_DIRECTORY),
    ]
