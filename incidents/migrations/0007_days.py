from django.db import migrations, models

# Once, what the worker does every hour; without incidents there is nothing to count.
FILL = """
INSERT INTO incidents_day (date, acknowledged, seconds_to_acknowledge, resolved, seconds_to_resolve)
SELECT date, count(*) FILTER (WHERE what = 'ack'),
       percentile_disc(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE what = 'ack'),
       count(*) FILTER (WHERE what = 'done'),
       percentile_disc(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE what = 'done')
FROM (SELECT (now() AT TIME ZONE 'UTC' - interval '10 minutes')::date AS today) AS clock
CROSS JOIN LATERAL (SELECT today - back AS date FROM generate_series(1, 29) AS back) AS days
LEFT JOIN (
    SELECT what, (at AT TIME ZONE 'UTC')::date AS day, extract(epoch FROM at - created_at)::float AS seconds
    FROM incidents_incident
    CROSS JOIN LATERAL (VALUES ('ack', acknowledged_at), ('done', resolved_at)) AS changed (what, at)
    WHERE updated_at >= now() - interval '31 days' AND at >= now() - interval '31 days'
) AS measured ON day = date
WHERE EXISTS (SELECT FROM incidents_incident)
GROUP BY date
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0006_stream_position_indexes")]

    operations = [
        migrations.CreateModel(
            name="Day",
            fields=[
                ("date", models.DateField(primary_key=True, serialize=False)),
                ("acknowledged", models.IntegerField(default=0)),
                ("seconds_to_acknowledge", models.FloatField(null=True)),
                ("resolved", models.IntegerField(default=0)),
                ("seconds_to_resolve", models.FloatField(null=True)),
            ],
            options={"db_table": "incidents_day", "default_permissions": ()},
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
