"""What a request for the stream is refused for. Django alone decides that, so that no server is needed."""

import pytest
from django.db import connection

from incidents.stream import log
from incidents.stream.position import Position
from incidents.tests.conftest import named

# An id of a transaction that runs still is none that anybody can have.
commits = pytest.mark.django_db(transaction=True)
AGED = """
INSERT INTO incidents_event (id, incident_id, type, data, request_id, created_at)
VALUES (gen_random_uuid(), %s, 'COMMENTED', '{"body": "b"}', '', now() - make_interval(hours => %s))
RETURNING epoch, xid, sequence
"""


def event_of(incident, hours):
    with connection.cursor() as cursor:
        cursor.execute(AGED, [incident.pk, hours])
        epoch, xid, sequence = cursor.fetchone()
    return Position(epoch, int(xid), sequence)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?incident=42", "incident"),
        ("?incident=", "incident"),
        ("?incident={0}&incident={0}", "incident"),
        ("?type=SHOUTED", "type"),
        ("?type=CREATED,COMMENTED", "type"),
        ("?type=", "type"),
        ("?status=OPEN", "status"),
        ("?last_event_id=", "last_event_id"),
        ("?last_event_id=a&last_event_id=a", "last_event_id"),
    ],
)
def test_a_query_that_does_not_fit_is_refused_by_name(as_user, vera, incident, query, field):
    response = as_user(vera).get("/v1/stream" + query.format(incident.pk))

    assert named(response, field)


@pytest.mark.parametrize(
    "foreign",
    [
        "",
        "1",
        "0" * 39,
        "0" * 41,
        "0" * 39 + "g",
        "0" * 39 + "A",
        "0" * 39 + "\u0660",
        "f" * 40,
        "00000009" + "0" * 32,
        "00000001" + "7" + "0" * 15 + "0" * 16,  # a transaction that is still to come
    ],
)
def test_an_id_that_is_not_ours_is_refused(as_user, vera, foreign):
    response = as_user(vera).get("/v1/stream", Last_Event_ID=foreign.encode().decode("latin-1"))

    assert named(response, "Last-Event-ID")


@commits
def test_an_id_older_than_a_day_is_refused(as_user, vera, incident):
    old, fresh = event_of(incident, 25), event_of(incident, 23)

    assert named(as_user(vera).get("/v1/stream", Last_Event_ID=str(old)), "Last-Event-ID")
    response = as_user(vera).get("/v1/stream", Last_Event_ID=str(fresh))
    assert response.status_code == 200
    assert response["Last-Event-ID"] == str(fresh)


@commits
def test_the_id_of_a_deleted_incidents_event_is_as_good_as_another(as_user, vera, ada, incident, opened):
    gone = event_of(incident, 1)
    kept = opened()
    assert as_user(ada).delete(f"/v1/incidents/{incident.pk}").status_code == 204
    event_of(kept, 0)

    assert as_user(vera).get("/v1/stream", Last_Event_ID=str(gone)).status_code == 200


@commits
def test_the_header_wins_over_the_query(as_user, vera, incident):
    place = str(event_of(incident, 1))

    response = as_user(vera).get("/v1/stream?last_event_id=nonsense", Last_Event_ID=place)

    assert response["Last-Event-ID"] == place


def test_without_an_id_it_begins_at_the_present(as_user, vera, incident):
    response = as_user(vera).get("/v1/stream")

    assert response["Content-Type"] == "text/event-stream"
    assert response["Last-Event-ID"] == str(log.present().now)


def test_head_is_not_answered(as_user, vera):
    response = as_user(vera).call("HEAD", "/v1/stream")

    assert response.status_code == 405
    assert response["Allow"] == "GET, OPTIONS"


def test_a_full_process_says_when_to_come_back(as_user, vera, settings):
    settings.STREAM_LIMIT = 0

    response = as_user(vera).get("/v1/stream")

    assert response.status_code == 503
    assert response.json()["code"] == "SERVICE_UNAVAILABLE"
    assert response["Retry-After"] == "5"
