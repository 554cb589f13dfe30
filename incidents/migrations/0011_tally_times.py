from django.db import migrations, models

# They lack what is new; the worker counts everything again when there is no state.
FORGET = "TRUNCATE incidents_tally, incidents_tally_state"


class Migration(migrations.Migration):
    dependencies = [("incidents", "0010_words")]

    operations = [
        migrations.RunSQL(FORGET, migrations.RunSQL.noop),
        migrations.AddField("tally", "acknowledge_times", models.BinaryField(default=b""), preserve_default=False),
        migrations.AddField("tally", "resolve_times", models.BinaryField(default=b""), preserve_default=False),
    ]
