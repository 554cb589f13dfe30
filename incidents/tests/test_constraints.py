"""What the database itself refuses, whoever asks it: the rules that hold without our code."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from incidents import lifecycle, services
from incidents.models import Incident, IncidentEvent


def run(sql, *params):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


def insert(**columns):
    values = {"id": "00000000-0000-4000-8000-000000000001", "title": "x", "severity": "P1", **columns}
    names, marks = ", ".join(values), ", ".join(["%s"] * len(values))
    return run(f"INSERT INTO incidents_incident ({names}) VALUES ({marks})", *values.values())  # noqa: S608  from above


AT = "2026-11-23T09:00:00Z"


@pytest.mark.parametrize(
    ("constraint", "columns"),
    [
        ("incident_status_known", {"status": "open"}),
        ("incident_status_known", {"status": ""}),
        ("incident_severity_known", {"severity": "P4"}),
        ("incident_severity_known", {"severity": "p1"}),
        ("incident_title_not_blank", {"title": ""}),
        ("incident_title_not_blank", {"title": " \t\r\n"}),
        ("incident_times_fit_status", {"acknowledged_at": AT}),
        ("incident_times_fit_status", {"resolved_at": AT}),
        ("incident_times_fit_status", {"status": "ACK"}),
        ("incident_times_fit_status", {"status": "ACK", "resolved_at": AT}),
        ("incident_times_fit_status", {"status": "ACK", "acknowledged_at": AT, "resolved_at": AT}),
        ("incident_times_fit_status", {"status": "RESOLVED"}),
        ("incident_times_fit_status", {"status": "RESOLVED", "acknowledged_at": AT}),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused_by_the_rule_that_names_it(db, constraint, columns):
    with pytest.raises(IntegrityError, match=constraint):
        insert(**columns)


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"status": "ACK", "acknowledged_at": AT},
        {"status": "RESOLVED", "resolved_at": AT},
        {"status": "RESOLVED", "acknowledged_at": AT, "resolved_at": AT},
    ],
)
def test_a_row_that_keeps_the_rules_is_taken(db, columns):
    assert insert(**columns) == 1


def test_defaults_stand_in_the_database_too(db):
    insert()

    incident = Incident.objects.get()
    assert (incident.status, incident.version, incident.description, incident.metadata) == ("OPEN", 1, "", {})
    assert incident.created_at == incident.updated_at


def test_a_number_is_unique(db, incident):
    with pytest.raises(IntegrityError, match="number"):
        insert(number=incident.number)


@pytest.mark.parametrize("change", ["type = 'UPDATED'", "data = '{}'", "request_id = request_id", "created_at = now()"])
def test_an_event_cannot_be_changed(incident, change):
    with pytest.raises(IntegrityError, match="append-only: UPDATE refused"):
        run(f"UPDATE incidents_event SET {change}")  # noqa: S608  from the list above


@pytest.mark.parametrize("sql", ["TRUNCATE incidents_event", "TRUNCATE incidents_incident CASCADE"])
def test_not_even_a_superuser_truncates_the_log(incident, sql):
    run("SET CONSTRAINTS ALL IMMEDIATE")
    # So that no autovacuum waits for the row that GRANT writes while it has the table that TRUNCATE waits for.
    run("LOCK TABLE incidents_event IN SHARE UPDATE EXCLUSIVE MODE")
    run("GRANT TRUNCATE ON incidents_event TO CURRENT_USER")  # which a superuser has anyway

    with pytest.raises(IntegrityError, match="append-only: TRUNCATE refused"):
        run(sql)


def test_an_event_cannot_be_deleted_apart_from_its_incident(incident):
    with pytest.raises(IntegrityError, match="append-only: DELETE refused"):
        run("DELETE FROM incidents_event")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        IncidentEvent.objects.all().delete()
    assert IncidentEvent.objects.count() == 1


def test_deleting_an_incident_takes_its_events_along(incident, opened, rui):
    services.comment(incident.pk, body="x", actor=rui)
    other = opened()

    assert run("DELETE FROM incidents_incident WHERE id = %s", incident.pk) == 1

    assert [event.incident_id for event in IncidentEvent.objects.all()] == [other.pk]


def test_an_event_needs_an_incident(incident):
    with pytest.raises(IntegrityError, match="event_incident"):
        run(
            "INSERT INTO incidents_event (id, incident_id, type, data, request_id) "
            "VALUES (gen_random_uuid(), gen_random_uuid(), 'CREATED', '{}', '')"
        )


def set_columns(incident, change):
    return run(f"UPDATE incidents_incident SET {change} WHERE id = %s", incident.pk)  # noqa: S608  from the tests


@pytest.mark.parametrize(
    "change", ["title = 'y'", "version = version, title = 'y'", "version = version - 1", "version = 0"]
)
def test_a_change_that_does_not_raise_the_version_is_refused(incident, change):
    with pytest.raises(IntegrityError, match="must raise its version"):
        set_columns(incident, change)


def test_a_change_that_raises_the_version_is_taken(incident):
    assert set_columns(incident, "version = version + 1, title = 'y'") == 1


BACKWARDS = [
    ("ACK", "status = 'OPEN', acknowledged_at = NULL"),
    ("RESOLVED", "status = 'OPEN', acknowledged_at = NULL, resolved_at = NULL"),
    ("RESOLVED", "status = 'ACK', acknowledged_at = now(), resolved_at = NULL"),
]


@pytest.mark.parametrize(("status", "change"), BACKWARDS)
def test_a_step_backwards_is_refused(incident, status, change):
    lifecycle.change_status(incident.pk, status, actor=None)

    with pytest.raises(IntegrityError, match=f"status {status} cannot become"):
        set_columns(incident, f"version = version + 1, {change}")


@pytest.mark.parametrize("column", ["created_by", "assignee", "actor"])
def test_people_who_are_named_cannot_be_deleted(vera, opened, column):
    nobody = {"actor": None, "created_by": None, "assignee": None}
    opened(**nobody | {column: vera})
    run("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError, match="incidents_"):
        run("DELETE FROM users_user WHERE id = %s", vera.pk)


def test_search_vectors_follow_the_text_by_themselves(incident, rui):
    services.comment(incident.pk, body="Rebooted", actor=rui)
    services.edit_incident(incident.pk, title="Hot", description="Fan", actor=rui)

    assert Incident.objects.get().search == "'fan':2B 'hot':1A"
    assert IncidentEvent.objects.get(type="COMMENTED").search == "'rebooted':1"
    assert not IncidentEvent.objects.get(type="UPDATED").search


def test_updated_at_never_goes_back_even_when_the_clock_does(incident, rui):
    before = Incident.objects.get().updated_at
    set_columns(incident, "version = version + 1, updated_at = now() + interval '1 hour'")

    event = services.comment(incident.pk, body="x", actor=rui)

    assert event.created_at == Incident.objects.get().updated_at > before + timedelta(minutes=59)


def test_no_trigger_makes_every_update_work_out_the_words_of_the_description_anew(db):
    row, before, update = 1, 2, 16  # of pg_trigger.tgtype
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, tgtype FROM pg_trigger WHERE tgrelid = 'incidents_incident'::regclass AND NOT tgisinternal"
        )
        kinds = dict(cursor.fetchall())

    assert kinds
    assert [name for name, kind in kinds.items() if kind & row and kind & before and kind & update] == []
