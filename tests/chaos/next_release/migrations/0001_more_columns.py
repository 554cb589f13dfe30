from django.db import migrations


class Migration(migrations.Migration):
    """As a release may: only additions, and indexes beside the traffic."""

    initial = True
    atomic = False
    dependencies = [("incidents", "0011_tally_times")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE incidents_incident ADD COLUMN runbook_url text",
            "ALTER TABLE incidents_incident DROP COLUMN runbook_url",
        ),
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY incident_runbook ON incidents_incident (runbook_url)",
            "DROP INDEX CONCURRENTLY incident_runbook",
        ),
    ]
