"""A process that dies in the middle of an idempotent create leaves all of it or nothing, and the retry is answered."""

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


def crash_everywhere(token: str) -> list[str]:
    """How each process ended."""
    url = urlsplit(settings.DATABASE_URL)._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    variables = BARE | {
        "DATABASE_URL": url,
        "REDIS_URL": settings.REDIS_URL,
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "-m", "incidents.tests.crashes", token]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=True, timeout=30)
    return done.stdout.splitlines()


def left_by(key: str) -> tuple[int, int]:
    """How many incidents there are of the request with this key, and how many stored answers."""
    incidents = IncidentEvent.objects.filter(request_id=key).count()
    return incidents, IdempotencyKey.objects.filter(key=key).count()


@pytest.mark.fault
@pytest.mark.django_db(transaction=True)
def test_a_crash_at_any_point_leaves_all_or_nothing_and_the_retry_settles_it(rui: User) -> None:
    token = tokens.issue_token(rui, name="test", scope="write", actor=None)[1]

    ends = crash_everywhere(token)

    assert ends == [f"{point}: {crashes.EXIT_CODE}" for point in crashes.POINTS]
    committed = "after the commit, before the answer"
    for point in crashes.POINTS:
        key = crashes.key_at(point)
        assert left_by(key) == ((1, 1) if point == committed else (0, 0)), point
        retried = crashes.create(token, key)
        assert retried.status_code == (200 if point == committed else 201), point
        assert left_by(key) == (1, 1), point
        assert Incident.objects.filter(pk=retried.json()["id"]).exists()
    assert Incident.objects.count() == len(crashes.POINTS)
