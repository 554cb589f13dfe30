"""`manage.py export_incidents` and `import_incidents`: what goes out comes in, whole, and once."""

import uuid
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Sum

from incidents import lifecycle, services
from incidents.models import Incident, IncidentEvent, Status, Tally, WordState
from tests.forgetting import forget_what_was_committed
from users import services as user_services
from users.models import AuditEntry, User

# All columns but those of the place in the stream, which imported events do not have.
ROWS = {
    "incident": "SELECT to_jsonb(t) FROM incidents_incident t ORDER BY id",
    "event": "SELECT to_jsonb(t) - 'epoch' - 'xid' FROM incidents_event t ORDER BY sequence",
    "user": "SELECT jsonb_build_array(id, email, name) FROM users_user ORDER BY id",
}


def rows() -> dict[str, list[Any]]:
    with connection.cursor() as cursor:
        return {table: cursor.execute(statement).fetchall() for table, statement in ROWS.items()}


@pytest.fixture
def history(rui: Any, vera: Any) -> list[Incident]:
    """Three incidents with all that can happen to one."""
    first = services.open_incident(
        title="Disk full \N{FIRE}", severity="P1", actor=rui, metadata={"a": [1, 1.5, 1e14, None, {"é": True}]}
    )
    nested: Any = -0.25
    for _ in range(29):
        nested = {"in": nested}
    services.edit_incident(first.pk, actor=vera, title="Disk", metadata=nested, assignee=vera.pk)
    services.comment(first.pk, body="One\r\ntwo \N{RIGHT-TO-LEFT OVERRIDE}", actor=rui)
    lifecycle.change_status(first.pk, Status.ACK, actor=vera, note="Mine")
    lifecycle.change_status(first.pk, Status.RESOLVED, actor=rui)
    second = services.open_incident(title="Of nobody", severity="P2", actor=None)
    lifecycle.change_status(second.pk, Status.RESOLVED, actor=None)
    third = services.open_incident(title="Open", severity="P3", actor=vera, assignee=rui)
    return [first, second, third]


@pytest.fixture
def file(history: list[Incident], tmp_path: Path) -> Path:
    path = tmp_path / "incidents.jsonl"
    call_command("export_incidents", str(path), stdout=StringIO())
    return path


def forget_everything() -> None:
    """As in a new database."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    forget_what_was_committed(None)  # type: ignore[arg-type]  # it looks at no test case
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def read(path: Path, *options: str) -> str:
    """What the import says; with the complaints in front of its refusal."""
    out, err = StringIO(), StringIO()
    try:
        call_command("import_incidents", str(path), *options, stdout=out, stderr=err)
    except CommandError as error:
        return f"{err.getvalue()}{error}"
    return out.getvalue()


def count(model: Any) -> int:
    return int(model.objects.count())


def answers(as_user: Any, reader: Any, history: list[Incident]) -> list[Any]:
    api = as_user(reader, "read")
    paths = [f"/v1/incidents/{incident.pk}{part}" for incident in history for part in ("", "/events")]
    return [api.get(path).json() for path in ("/v1/incidents", *paths)]


def test_a_round_trip_into_an_empty_database_changes_nothing(
    as_user: Any, ada: Any, history: list[Incident], file: Path
) -> None:
    before = rows()
    told = answers(as_user, ada, history)
    forget_everything()
    said = read(file)

    found = rows()
    assert "3 incidents imported, with 9 events" in said
    assert [found[name] for name in ("incident", "event")] == [before[name] for name in ("incident", "event")]
    assert found["user"] == [row for row in before["user"] if "Ada" not in row[0]]
    reader = user_services.create_user(email="ada@example.com", name="Ada", role="admin", actor=None)
    assert answers(as_user, reader, history) == told


def test_people_who_were_not_here_cannot_log_in_and_are_on_record(rui: Any, file: Path) -> None:
    forget_everything()
    said = read(file)

    found = User.objects.get(pk=rui.pk)
    assert "2 people were added" in said
    assert (found.email, found.name) == (rui.email, rui.name)
    assert (found.is_active, found.has_usable_password()) == (False, False)
    assert AuditEntry.objects.filter(action="user.created", target_id=rui.pk).count() == 1


def test_people_are_found_by_their_address_also_where_events_name_them(
    as_user: Any, history: list[Incident], file: Path
) -> None:
    forget_everything()
    vera = user_services.create_user(email="VERA@example.com", name="Vera here", role="admin", actor=None)
    read(file)

    incident = as_user(vera).get(f"/v1/incidents/{history[0].pk}").json()
    assigned = next(event for event in incident["events"] if event["type"] == "ASSIGNED")
    assert incident["assignee"] == {"id": str(vera.pk), "name": "Vera here", "email": "VERA@example.com"}
    assert assigned["actor"]["id"] == assigned["data"]["to"] == str(vera.pk)


def test_people_who_are_not_here_can_be_refused(file: Path) -> None:
    forget_everything()

    assert "2 people are not here: rui@example.com, vera@example.com" in read(file, "--known-people-only")
    assert (count(Incident), count(User)) == (0, 0)


def test_what_is_here_already_stays_and_a_second_import_adds_nothing(
    rui: Any, history: list[Incident], file: Path
) -> None:
    services.comment(history[2].pk, body="Later", actor=rui)
    before = rows()

    assert "0 incidents imported, with 0 events; 3 were here already, 1 of them with another version" in read(file)
    assert rows() == before


def test_an_import_that_was_broken_off_goes_on_where_it_was(history: list[Incident], file: Path) -> None:
    before = rows()
    Incident.objects.filter(pk=history[1].pk).delete()

    assert "1 incidents imported, with 2 events; 2 were here already." in read(file)
    assert rows() == before


def test_nobody_is_told_of_what_is_long_over(file: Path) -> None:
    forget_everything()
    read(file)

    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM procrastinate_jobs), (SELECT count(xid) FROM incidents_event)")
        assert cursor.fetchone() == (0, 0)


def test_analytics_count_what_was_imported_and_its_words_are_learnt(file: Path) -> None:
    forget_everything()
    WordState.objects.create(updated_at=datetime.now(UTC), incident_id=uuid.uuid4())
    read(file)

    assert not WordState.objects.exists()  # from the beginning on

    days = Tally.objects.filter(is_day=True, kind=Tally.Kind.EVERYBODY)
    assert days.aggregate(Sum("open"), Sum("resolved")) == {"open__sum": 1, "resolved__sum": 2}


def test_what_is_opened_after_an_import_comes_after_it(file: Path) -> None:
    forget_everything()
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('incidents_number', 1, false), setval('incidents_sequence', 1, false)")
    read(file)

    highest = max(Incident.objects.values_list("number", flat=True))
    new = services.open_incident(title="New", severity="P1", actor=None)
    assert new.number == highest + 1
    assert IncidentEvent.objects.order_by("-sequence").values_list("incident_id", flat=True)[0] == new.pk


def test_numbers_that_are_taken_here_are_refused_or_made_anew(history: list[Incident], file: Path) -> None:
    number = history[0].number
    forget_everything()
    other = services.open_incident(title="Other", severity="P1", actor=None)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE incidents_incident SET number = %s, version = version + 1 WHERE id = %s",
            [number, other.pk],
        )

    assert f"line 2: Another incident here has the number {number}; --renumber gives a new one." in read(file)
    assert count(Incident) == 1
    assert "3 incidents imported, with 9 events" in read(file, "--renumber")
    assert [event.type for event in history[2].events.all()] == ["CREATED"]


def test_an_export_has_its_name_once_it_is_whole_and_is_for_its_owner_alone(file: Path) -> None:
    out = StringIO()
    call_command("export_incidents", "-", stdout=out)

    assert out.getvalue() == file.read_text()
    assert [path.name for path in file.parent.iterdir()] == ["incidents.jsonl"]
    assert file.stat().st_mode & 0o777 == 0o600
