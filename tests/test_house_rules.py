"""The house's rules, held against every file of it; and each rule against a sample that it must catch."""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings

from incidents import lifecycle
from incidents.models import Status
from tests import house_rules as rules
from tests.house_rules import PACKAGES, ROOT, Rule, Source

CODE: dict[Rule, list[tuple[str, str]]] = {
    rules.status_is_written_by_its_owner: [
        ("incidents/services.py", "incident.status = 'ACK'"),
        ("incidents/services.py", "incident.status: str = 'ACK'"),
        ("incidents/services.py", "incident.status += 'x'"),
        ("incidents/services.py", "a.b, c.status = 1, 2"),
        ("incidents/admin.py", "rows.update(status='ACK')"),
        ("incidents/services.py", "Incident(status='ACK')"),
        ("incidents/services.py", "setattr(incident, 'status', to)"),
        ("incidents/services.py", "Incident.objects.bulk_update(rows, ['status'])"),
        ("incidents/services.py", "incident.save(update_fields=['status'])"),
        ("incidents/services.py", "events.record(pk, kind, changes={'status': to})"),
        ("users/services.py", "cursor.execute('''update incidents_incident as i\nset version = 2, status = 'ACK' ''')"),
    ],
    rules.no_signals: [
        ("users/models.py", "from django.db.models.signals import post_save"),
        ("users/models.py", "from django.db.models import signals"),
        ("users/apps.py", "import django.dispatch"),
        ("users/apps.py", "from django.dispatch import receiver"),
    ],
    rules.serializers_do_not_act: [
        ("users/serializers.py", "class A:\n    def create(self, data): ..."),
        ("incidents/serializers.py", "class A:\n    def update(self, row, data): ..."),
        ("incidents/serializers.py", "class A:\n    def save(self): ..."),
    ],
    rules.names_say_what_it_is: [
        ("core/utils.py", ""),
        ("core/string_helpers.py", ""),
        ("common/text.py", ""),
        ("core/views.py", "class TokenHelper: ..."),
        ("core/views.py", "class BaseView: ..."),
        ("core/views.py", "class OwnerMixin: ..."),
        ("incidents/models.py", "class IncidentManager: ..."),
    ],
    rules.locks_are_spelt_and_known: [
        ("users/services.py", "User.objects.select_for_update().get()"),
        ("users/services.py", "User.objects.select_for_update(of=('self',)).get()"),
        ("users/api.py", "User.objects.select_for_update(no_key=True).get()"),
        ("users/api.py", "SQL = 'SELECT 1 FROM users_user FOR UPDATE'"),
        ("core/views.py", "SQL = 'SELECT 1 FROM users_user FOR NO KEY UPDATE'"),
    ],
    rules.transactions_are_opened_by_services: [
        ("users/api.py", "from django.db import transaction"),
        ("core/views.py", "from django.db import connection, transaction"),
    ],
    rules.saves_name_their_fields: [("users/services.py", "user.save()")],
    rules.environment_is_read_by_settings: [
        ("users/api.py", "import os\nos.environ['X']"),
        ("core/cache.py", "import os\nos.environ.get('X')"),
        ("core/cache.py", "import os\nos.getenv('X')"),
        ("core/cache.py", "from os import environ"),
        ("core/cache.py", "import environ"),
    ],
    rules.settings_have_no_second_default: [("core/cache.py", "getattr(settings, 'CACHE_TTL', 60)")],
    rules.nothing_calls_out: [
        ("users/services.py", "import httpx"),
        ("users/services.py", "from urllib.request import urlopen"),
        ("users/services.py", "from http import client"),
        ("core/destinations.py", "import h11"),
        ("core/health.py", "from socket import create_connection"),
    ],
    rules.exemptions_have_reasons: [
        ("core/cache.py", "x = 1  # noqa"),
        ("core/cache.py", "x = 1  # noqa: S101"),
        ("core/cache.py", "x = 1  # type: ignore"),
        ("core/cache.py", "x = 1  # type: ignore[misc]"),
        ("core/cache.py", "x = 1  # type: ignore  # because"),
    ],
    rules.nothing_is_left_for_later: [("core/cache.py", "x = 1  # TODO: remove")],
    rules.functions_fit_on_a_screen: [("core/cache.py", "def f():\n" + "    x = 1\n" * 50)],
    rules.files_have_one_subject: [
        ("core/cache.py", "x = 1\n" * 251),
        ("config/settings.py", "x = 1\n" * 301),
        ("core/tests/test_cache.py", "x = 1\n" * 301),
        ("conftest.py", "x = 1\n" * 151),
        ("templates/a.html", "<p>\n" * 151),
    ],
}
TESTS: dict[Rule, list[tuple[str, str]]] = {
    rules.mocks_stay_at_the_edge: [
        ("core/tests/test_cache.py", "from unittest import mock"),
        ("core/tests/test_cache.py", "from unittest.mock import patch"),
        ("core/tests/test_cache.py", "import pytest_mock"),
    ],
}
TEMPLATES: dict[Rule, list[tuple[str, str]]] = {
    rules.templates_hold_no_code: [
        ("templates/a.html", "<script>alert(1)</script>"),
        ("templates/a.html", "<STYLE>p {}</STYLE>"),
        ("templates/a.html", '<p style="color: red">'),
        ("templates/a.html", '<p onclick="x()">'),
        ("templates/a.html", '<a href="javascript:x()">'),
        ("templates/a.html", "{{ title|safe }}"),
    ],
}
MIGRATIONS: dict[Rule, list[tuple[str, str]]] = {
    rules.migrations_are_named_and_alone: [
        ("users/migrations/0005_auto_20261124_0931.py", ""),
        ("users/migrations/0005_user_name_and_more.py", ""),
        ("users/migrations/0005_names.py", "from users.models import User"),
    ],
}


def read(*patterns: str) -> list[Source]:
    paths = {path for pattern in patterns for path in ROOT.glob(pattern)}
    return [Source(str(path.relative_to(ROOT)), path.read_text()) for path in sorted(paths)]


@cache  # each file is parsed once, for all rules
def code() -> list[Source]:
    found = read("manage.py", *(f"{package}/**/*.py" for package in PACKAGES))
    return [source for source in found if not {"tests", "migrations"} & set(source.path.split("/"))]


@cache
def of_tests() -> list[Source]:
    return read("conftest.py", "tests/**/*.py", *(f"{package}/**/tests/**/*.py" for package in PACKAGES))


def migrations() -> list[Source]:
    found = read(*(f"{package}/migrations/*.py" for package in PACKAGES))
    return [source for source in found if not source.path.endswith("__init__.py")]


def templates() -> list[Source]:
    return read("templates/**/*.html")


def wrong(rule: Rule, sources: list[Source]) -> list[str]:
    return [f"{source.path}:{line}: {what}" for source in sources for line, what in rule(source)]


def samples() -> Iterator[Any]:
    for rule, bad in (CODE | TESTS | TEMPLATES | MIGRATIONS).items():
        for number, (path, text) in enumerate(bad):
            yield pytest.param(rule, Source(path, text), id=f"{rule.__name__}-{number}")


@pytest.mark.parametrize(("rule", "bad"), list(samples()))
def test_a_rule_catches_what_it_should(rule: Rule, bad: Source) -> None:
    assert wrong(rule, [bad])


@pytest.mark.parametrize(
    "package", ["django_ratelimit", "django_redis", "psycopg", "rest_framework", "pythonjsonlogger"]
)
def test_what_the_house_is_built_on_does_its_work(package: str) -> None:
    """Budgets are counted by django-ratelimit (its windows, its keys, its get_usage), and so on: a copy of a package's
    mechanism beside the package is two mechanisms to own. See RELIABILITY 3.2."""
    assert [source.path for source in code() if f"import {package}" in source.text or f"from {package}" in source.text]


@pytest.mark.parametrize("rule", CODE, ids=lambda rule: rule.__name__)
def test_the_code_keeps_its_rules(rule: Rule) -> None:
    assert len(code()) > 60
    assert wrong(rule, code()) == []


@pytest.mark.parametrize(
    "rule",
    [*TESTS, rules.files_have_one_subject, rules.exemptions_have_reasons, rules.nothing_is_left_for_later],
    ids=lambda rule: rule.__name__,
)
def test_the_tests_keep_their_rules(rule: Rule) -> None:
    others = [source for source in of_tests() if source.path != "tests/test_house_rules.py"]  # whose samples are bad

    assert len(others) > 30
    assert wrong(rule, others) == []


def test_the_templates_keep_their_rules() -> None:
    assert templates()
    for rule in (*TEMPLATES, rules.files_have_one_subject):
        assert wrong(rule, templates()) == []


def test_the_migrations_keep_their_rules() -> None:
    assert len(migrations()) > 4
    for rule in MIGRATIONS:
        assert wrong(rule, migrations()) == []


def test_every_status_can_be_left_or_is_final_on_purpose() -> None:
    assert set(lifecycle.ALLOWED) == set(Status)
    assert {status for status, targets in lifecycle.ALLOWED.items() if not targets} == {Status.RESOLVED}
    assert set(lifecycle.TIME_OF) == {target for targets in lifecycle.ALLOWED.values() for target in targets}


def test_the_import_contracts_know_every_app() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    ours = {config.name for config in apps.get_app_configs() if Path(config.path).parent == ROOT}

    assert {"config", *ours} == set(contracts["root_packages"]) == set(PACKAGES)
    assert settings.ROOT_URLCONF.split(".")[0] in PACKAGES
