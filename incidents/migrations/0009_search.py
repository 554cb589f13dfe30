from django.db import migrations

# STABLE, not IMMUTABLE: a prepared statement notices when a stable function is replaced.
CONFIG = """
CREATE FUNCTION incidents_search_config() RETURNS regconfig LANGUAGE sql STABLE PARALLEL SAFE
    AS $$SELECT 'simple'::regconfig$$;
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0008_tallies")]

    operations = [migrations.RunSQL(CONFIG, "DROP FUNCTION incidents_search_config();")]
