"""A log that comes from a cluster whose transactions counted higher: it begins a new epoch, and everything goes on."""

import pytest
from django.core.management import call_command
from django.db import connection

from incidents.stream import epoch, log, position
from incidents.stream.position import Position

INSERT = """
INSERT INTO incidents_event (id, incident_id, type, data, request_id, epoch, xid)
VALUES (gen_random_uuid(), %s, 'COMMENTED', '{"body": "b"}', '', %s, %s::text::xid8) RETURNING sequence
"""
EPOCH = "SELECT incidents_epoch()"
AHEAD = 10**12


def ask(question, *values):
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        return cursor.fetchone()[0]


def restored(incident, epoch_, xid):
    return Position(epoch_, xid, ask(INSERT, incident.pk, epoch_, str(xid)))


def told(after):
    return [entry.position for entry in log.page(after)]


def test_what_came_from_another_cluster_is_told_before_what_comes(incident):
    first, second = restored(incident, 1, AHEAD), restored(incident, 1, AHEAD + 1)
    unreadable = told(Position(1, AHEAD, 0))
    epoch.raise_if_behind()
    restored(incident, 2, AHEAD)  # of a transaction that is still to come

    assert unreadable == []
    assert ask(EPOCH) == 2
    assert told(Position(1, AHEAD, 0)) == [first, second]
    assert told(first) == [second]


def test_a_statement_that_is_prepared_already_writes_the_new_epoch(incident, rui, as_user):
    api, path = as_user(rui), f"/v1/incidents/{incident.pk}/comments"
    for _ in range(5):
        api.post(path, {"body": "old"})
    restored(incident, 1, AHEAD)
    epoch.raise_if_behind()
    api.post(path, {"body": "new"})

    assert ask("SELECT epoch FROM incidents_event WHERE data->>'body' = 'old' LIMIT 1") == 1
    assert ask("SELECT epoch FROM incidents_event WHERE data->>'body' = 'new'") == 2


@pytest.mark.parametrize("rows", [[], [(1, 3)], [(1, 3), (1, 4)]])
def test_a_log_that_is_not_ahead_stays_in_its_epoch(incident, rows):
    for row in rows:
        restored(incident, *row)

    epoch.raise_if_behind()

    assert ask(EPOCH) == 1


def test_data_alone_that_is_of_a_later_epoch_raises_beyond_it(incident):
    restored(incident, 7, 3)

    epoch.raise_if_behind()

    assert ask(EPOCH) == 8


def test_migrate_raises_it(incident):
    restored(incident, 1, AHEAD)

    call_command("migrate", verbosity=0)

    assert ask(EPOCH) == 2


def test_a_database_without_tables_is_left_alone(db):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    call_command("migrate", "incidents", "0004", verbosity=0)

    epoch.raise_if_behind()

    assert ask("SELECT to_regproc('incidents_epoch') IS NULL")


@pytest.mark.parametrize("place", [Position(1, 2, 3), Position(2**31 - 1, 2**63 - 1, 2**63 - 1), Position(0, 0, 0)])
def test_an_id_is_its_place_and_sorts_as_it_does(place):
    assert position.parse(str(place)) == place
    assert str(place) < str(place._replace(sequence=place.sequence + 1))
