"""A process that dies in the middle of a request with a key leaves all of it or nothing, and the retry is answered."""

import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection

from core.models import IdempotencyKey
from core.tests.front_server import BARE, ROOT
from incidents.models import Incident, IncidentEvent
from incidents.tests import crashes
from users import tokens
from users.models import User


def crash_everywhere(*named: str) -> list[str]:
    """How each process ended."""
    url = urlsplit(settings.DATABASE_URL)._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    variables = BARE | {
        "DATABASE_URL": url,
        "REDIS_URL": settings.REDIS_URL,
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "-m", "incidents.tests.crashes", *named]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=True, timeout=30)
    return done.stdout.splitlines()


def left_by(key: str) -> tuple[int, int]:
    """How many events there are of the request with this key, and how many stored answers."""
    return IncidentEvent.objects.filter(request_id=key).count(), IdempotencyKey.objects.filter(key=key).count()


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_a_crash_at_any_point_leaves_all_or_nothing_and_the_retry_settles_it(rui: User, incident: Incident) -> None:
    token = tokens.issue_token(rui, name="test", scope="write", actor=None)[1]

    ends = crash_everywhere(token, str(incident.pk))

    assert ends == [f"{point}: {crashes.EXIT_CODE}" for point in crashes.POINTS]
    for point in crashes.POINTS:
        key, is_committed = crashes.key_at(point), point in crashes.COMMITTED
        assert left_by(key) == ((1, 1) if is_committed else (0, 0)), point
        retried = crashes.send(point, token, str(incident.pk))
        assert retried.status_code == (200 if is_committed else 201), point
        assert left_by(key) == (1, 1), point
        assert IncidentEvent.objects.filter(request_id=key, pk=retried.json()["id"]).exists() or (
            Incident.objects.filter(pk=retried.json()["id"], events__request_id=key).exists()
        )
    assert Incident.objects.count() == 1 + len(crashes.OF_A_CREATE)
