from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0007_saved_view"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="quotas",
            field=models.JSONField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="apitoken",
            name="quotas",
            field=models.JSONField(editable=False, null=True),
        ),
    ]
