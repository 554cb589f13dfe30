from django.db import migrations

# First the columns, empty in all rows that are there, then the defaults: together they would rewrite the table.
# STABLE, not IMMUTABLE: a prepared statement notices when a stable function is replaced.
POSITIONS = """
CREATE FUNCTION incidents_epoch() RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT 1';

ALTER TABLE incidents_event ADD COLUMN epoch integer, ADD COLUMN xid xid8;
ALTER TABLE incidents_event
    ALTER COLUMN epoch SET DEFAULT incidents_epoch(), ALTER COLUMN xid SET DEFAULT pg_current_xact_id();

ALTER TABLE incidents_deletion ADD COLUMN epoch integer, ADD COLUMN xid xid8;
ALTER TABLE incidents_deletion
    ALTER COLUMN epoch SET DEFAULT incidents_epoch(), ALTER COLUMN xid SET DEFAULT pg_current_xact_id();
"""

UNDO_POSITIONS = """
ALTER TABLE incidents_deletion DROP COLUMN epoch, DROP COLUMN xid;
ALTER TABLE incidents_event DROP COLUMN epoch, DROP COLUMN xid;
DROP FUNCTION incidents_epoch();
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0004_deletion")]

    operations = [migrations.RunSQL(POSITIONS, UNDO_POSITIONS)]
