"""check --deploy."""

import os
import sys

import pytest
from django.core.checks import run_checks
from django.db import connection

from tests import starts


def told():
    return {message.id for message in run_checks(include_deployment_checks=True)}


@pytest.mark.parametrize("role", ["", "viewer", "responder"])
def test_a_service_may_be_open_to_readers_and_responders(settings, role):
    settings.API_ANONYMOUS_ROLE = role

    assert "users.E001" not in told()


def test_a_service_open_to_administrators_fails_the_check(settings):
    settings.API_ANONYMOUS_ROLE = "admin"

    assert "users.E001" in told()
    assert "users.E001" not in {message.id for message in run_checks()}


@pytest.mark.parametrize("enabled", [True, False])
def test_limits_that_are_off_are_warned_of(settings, enabled):
    settings.RATE_LIMITS_ENABLED = enabled

    assert ("core.W002" in told()) is not enabled


def test_a_database_that_may_lose_writes_is_told_of(transactional_db):
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    try:
        unsafe = {message.id for message in run_checks(databases=["default"])}
    finally:
        connection.close()

    assert "core.E001" in unsafe
    assert "core.E001" not in {message.id for message in run_checks(databases=["default"])}


def test_each_check_is_there_once_django_has_started():
    lines = [
        "import django",
        "django.setup()",
        "from django.core.checks.registry import registry",
        "print(*(c.__name__ for c in registry.registered_checks | registry.deployment_checks))",
    ]

    done = starts.run([sys.executable, "-c", "\n".join(lines)], env={**os.environ})

    assert {"anonymous_role", "limits", "durability"} <= set(done.stdout.split())
