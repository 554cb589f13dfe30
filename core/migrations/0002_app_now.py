from django.db import migrations

# One name for the moment that due times are compared with: a test replaces the function, and time travels.
APP_NOW = "CREATE FUNCTION app_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT now()'"


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [migrations.RunSQL(APP_NOW, "DROP FUNCTION app_now()")]
