"""With a trigger before an update PostgreSQL works out every generated column anew: the words of a long description,
for each comment. The guard changes nothing, so it may as well look afterwards."""

from django.db import migrations

GUARD = """
DROP TRIGGER incident_guard ON incidents_incident;
CREATE TRIGGER incident_guard {when} UPDATE ON incidents_incident
    FOR EACH ROW EXECUTE FUNCTION incidents_incident_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0011_tally_times")]
    operations = [migrations.RunSQL(GUARD.format(when="AFTER"), GUARD.format(when="BEFORE"))]
