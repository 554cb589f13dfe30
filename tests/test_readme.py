"""The README says only what is so: its commands run, and its tables are those of the code."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import get_commands
from django.db import connection
from django.db.migrations import AddField, CreateModel
from django.db.migrations.loader import MigrationLoader

from core.errors import DomainError
from core.health import READY
from incidents import cache, lifecycle
from incidents.models import EventType, Incident, Status
from tests.live_server import BARE, ROOT, engines, web
from tests.test_rights import routes
from tests.test_settings_documented import variables_documented
from tests.who_may_call import WHO_MAY_CALL, Anybody, Row
from users.models import User

README = (ROOT / "README.md").read_text()
OWN_APPS = {"core", "users", "incidents", "notifications"}


def section(title: str) -> str:
    """The text below a heading, or below a paragraph's bold first words, up to the next heading."""
    return re.split(r"\n## ", README.partition(f"\n## {title}\n")[2])[0]


def commands(text: str) -> str:
    return "\n".join(re.findall(r"^ *```sh\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL))


def rows(title: str) -> list[list[str]]:
    """The cells of the first table of a section, without its head."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def code(cell: str) -> list[str]:
    return re.findall("`([^`]+)`", cell)


def block(text: str, words: str) -> str:
    """The one block of commands that has these words."""
    (found,) = (each for each in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) if words in each)
    return str(found)


def paste(script: str, address: str) -> str:
    """What a shell prints, with nothing replaced but the address and the place of Python."""
    script = script.replace("http://127.0.0.1:3000", address).replace(".venv/bin/python", sys.executable)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT,
        env=BARE | engines(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def service(django_db_setup: None) -> Iterator[str]:
    with web(engines()) as address:
        yield address


@pytest.fixture
def address(service: str, transactional_db: None) -> str:
    """Of a service that has one person."""
    User.objects.create(email="admin@example.com", name="Administrator", role="admin")
    return service


def test_the_first_incident_is_opened_acknowledged_and_resolved_as_it_is_pasted(address: str) -> None:
    script = commands(section("A first incident"))

    assert script.count("curl ") == 3
    paste(script, address)

    incident = Incident.objects.get()
    told = list(incident.events.order_by("sequence").values_list("type", "data__to", "actor__email"))
    assert incident.status == Status.RESOLVED
    assert told == [
        (EventType.CREATED, None, "admin@example.com"),
        (EventType.STATUS_CHANGED, "ACK", "admin@example.com"),
        (EventType.STATUS_CHANGED, "RESOLVED", "admin@example.com"),
    ]


def test_the_example_of_idempotency_creates_one_incident_and_replays_it(address: str) -> None:
    token = commands(section("A first incident")).splitlines()[0]
    example = block(section("What it does in production, and why"), "Idempotency-Key")

    said = paste(f"{token}\n{example}", address)

    assert re.findall(r"^HTTP/1.1 (\d+)", said, re.MULTILINE) == ["201", "200"]
    assert said.lower().count("idempotency-replayed: true") == 1
    assert Incident.objects.count() == 1


def test_what_is_cached_of_an_incident_is_shown_as_it_is_pasted(address: str) -> None:
    first, looks = commands(section("A first incident")), section("Finding out what happened")
    look = block(looks, "scan_iter")
    read = 'curl -sS "http://127.0.0.1:3000/v1/incidents/$ID" -H "Authorization: Bearer $TOKEN" > /dev/null'

    said = paste(f"{first}\n{read}\n{look}", address)

    assert f'get "incident:$ID:3.1.{cache.SCHEMA}"' in looks
    people = r"\d+"  # raised by whoever changed a name, in other tests too
    assert re.search(rf"\(b'incident:[0-9a-f-]{{36}}:3\.{people}\.{cache.SCHEMA}', b'", said)


def test_the_endpoints_are_those_that_the_router_knows() -> None:
    told = {code(cells[0])[0] for cells in rows("Endpoints")}
    known = {
        f"{method.upper()} {re.sub('<[^>]+>', '{id}', path)}"
        for path, view in routes()
        if path.startswith("/v1/")
        for method in view.actions
        if method not in ("head", "options")
    }

    assert told == known | {"GET /health", "GET /metrics"} | {f"GET {path}" for path in READY}


def test_the_endpoints_ask_for_the_role_and_scope_that_the_table_says() -> None:
    told = {code(call)[0].replace("{id}", "{pk}"): (role, scope) for call, role, scope, _ in rows("Endpoints")}
    known = {call: (row.role, row.scope) if isinstance(row, Row) else ("", "") for call, row in WHO_MAY_CALL.items()}

    assert Anybody in {type(row) for row in WHO_MAY_CALL.values()}
    assert {call: told[call] for call in known} == known


def test_the_status_rules_are_those_of_the_lifecycle() -> None:
    told = {code(cells[0])[0]: code(cells[1]) for cells in rows("Status rules")}

    assert told == {str(status): [str(to) for to in ways] for status, ways in lifecycle.ALLOWED.items()}


def errors(kind: type[DomainError] = DomainError) -> Iterator[tuple[int, str]]:
    list(routes())  # which loads every module that has errors of its own
    yield kind.status, kind.code
    for one in kind.__subclasses__():
        if "tests" not in one.__module__.split("."):
            yield from errors(one)


def test_the_errors_are_those_that_the_code_raises() -> None:
    told = {(int(cells[0]), name) for cells in rows("Errors") for name in code(cells[1])}

    assert told == set(errors())


def test_every_make_target_that_it_names_is_in_the_makefile_and_the_reverse() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", README, re.MULTILINE))

    assert named == targets - {"help"}


def test_every_command_of_manage_py_that_it_names_exists() -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", README))

    assert {"create_token", "create_admin", "clear_incident_cache", "migrate"} <= named
    assert named <= set(get_commands())


# Words in capitals that are no variables of the environment.
WORDS = {"ACK", "OPEN", "RESOLVED", "HIT", "MISS", "POST", "UPDATE", "DELETE", "SSL_CERT_FILE"}


def test_every_variable_that_it_names_is_in_env_example() -> None:
    in_text = {word.partition("=")[0] for word in code(re.sub("```.*?```", "", README, flags=re.DOTALL))}
    assigned = set(re.findall(r"([A-Z][A-Z_]+)=%s", README))
    named = {word for word in in_text | assigned if re.fullmatch("[A-Z][A-Z_]+", word)}
    codes = {name for _, name in errors()}

    assert {"SECRET_KEY", "POSTGRES_PASSWORD", "CACHE_TTL", "BASE_URL"} <= named
    assert named - codes - WORDS <= set(variables_documented())


def links(page: Path) -> list[str]:
    found = re.findall(r"\]\(([^)\s]+)\)", page.read_text())
    return [link.partition("#")[0] for link in found if not link.startswith(("http", "#", "mailto"))]


def pages() -> list[Path]:
    return [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def test_every_relative_link_of_every_page_leads_somewhere() -> None:
    lost = [(page.name, link) for page in pages() for link in links(page) if not (page.parent / link).exists()]

    assert len(links(ROOT / "README.md")) > 4
    assert lost == []


def test_every_migration_can_be_taken_back() -> None:
    migrations = MigrationLoader(None).disk_migrations
    stuck = [
        (key, type(operation).__name__)
        for key, migration in migrations.items()
        if key[0] in OWN_APPS
        for operation in migration.operations
        if not operation.reversible
    ]

    assert {app for app, _ in migrations} >= OWN_APPS
    assert stuck == []


# Tallies without these would be wrong. The job of the release before fails, and that of the next one catches up.
NOT_LEFT_OUT = {("incidents_tally", "acknowledge_times"), ("incidents_tally", "resolve_times")}
NEEDED = """
SELECT table_name, column_name FROM information_schema.columns
WHERE table_schema = 'public' AND is_nullable = 'NO' AND column_default IS NULL AND is_generated = 'NEVER'
"""


def columns_added() -> Iterator[tuple[str, str]]:
    """By a migration after the one that made their table."""
    for (app, _), migration in MigrationLoader(None).disk_migrations.items():
        made = {operation.name_lower for operation in migration.operations if isinstance(operation, CreateModel)}
        for operation in migration.operations:
            if app in OWN_APPS and isinstance(operation, AddField) and operation.model_name_lower not in made:
                yield apps.get_model(app, operation.model_name)._meta.db_table, operation.name


def test_the_release_before_can_leave_out_every_column_that_it_does_not_know(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(NEEDED)
        needed = set(cursor.fetchall())
    added = set(columns_added())

    assert ("users_user", "theme") in added
    assert added & needed == NOT_LEFT_OUT
