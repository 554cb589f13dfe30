"""`manage.py migrate` may take its time, and waits for nobody's lock."""

import sys
from collections.abc import Iterator

import pytest
from django.db import connection

from tests import starts
from tests.live_server import engines

SLOW = """
from django.db import migrations
class Migration(migrations.Migration):
    operations = [migrations.RunSQL("SELECT set_config('incidents.limits', current_setting('statement_timeout') || ' '"
                                    " || current_setting('lock_timeout'), false); DO $$ BEGIN RAISE EXCEPTION"
                                    " 'limits %', current_setting('incidents.limits'); END $$")]
"""


@pytest.fixture
def project(tmp_path) -> Iterator[dict[str, str]]:
    """An app whose one migration fails with the limits that it found."""
    app = tmp_path / "limits_app"
    (app / "migrations").mkdir(parents=True)
    (app / "__init__.py").touch()
    (app / "migrations" / "__init__.py").touch()
    (app / "migrations" / "0001_limits.py").write_text(SLOW)
    (tmp_path / "limits_settings.py").write_text(
        "from config.settings import *\nINSTALLED_APPS = [*INSTALLED_APPS, 'limits_app']\n"
    )
    return starts.BARE | engines() | {"PYTHONPATH": str(tmp_path), "DJANGO_SETTINGS_MODULE": "limits_settings"}


@pytest.mark.django_db(transaction=True)
def test_a_migration_has_no_limit_of_time_and_one_of_patience(project):
    done = starts.run([sys.executable, "manage.py", "migrate", "limits_app"], env=project)

    assert done.returncode == 1
    assert "limits 0 2s" in done.stderr, done.stderr[-1500:]


@pytest.mark.django_db
def test_a_request_has_both():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")
        assert cursor.fetchone() == ("5s", "2s")
