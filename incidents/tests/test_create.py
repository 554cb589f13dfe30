"""POST /v1/incidents: every field and its rule. Who may be named is in test_create_people.py."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from incidents.models import EventType, Incident, IncidentEvent
from incidents.tests.conftest import named

URL = "/v1/incidents"
LEAST = {"title": "Disk full", "severity": "P1"}


def test_creating_answers_201_with_the_incident_and_where_it_is(as_user, rui):
    sent = {**LEAST, "description": "since noon", "metadata": {"host": "db-7", "n": [1, 2.5, None, True]}}

    response = as_user(rui).post(URL, sent)

    body = response.json()
    assert response.status_code == 201
    assert response["Location"] == f"{URL}/{body['id']}"
    assert response["Content-Type"] == "application/json"
    assert {name: body[name] for name in sent} == sent
    assert body["created_by"] == {"id": str(rui.pk), "name": "Rui", "email": "rui@example.com"}
    assert (body["status"], body["version"], body["assignee"]) == ("OPEN", 1, None)
    assert body["acknowledged_at"] is body["resolved_at"] is None
    assert body["created_at"] == body["updated_at"]


def test_fields_that_are_not_sent_have_their_defaults(as_user, rui):
    body = as_user(rui).post(URL, LEAST).json()

    assert body["description"] == ""
    assert body["metadata"] == {}
    assert body["assignee"] is None


def test_creating_writes_one_event_that_tells_of_it(as_user, rui, ada):
    response = as_user(rui).post(URL, {**LEAST, "assignee": str(ada.pk)}, X_Request_ID="abc-1")

    event = IncidentEvent.objects.get()
    assert str(event.incident_id) == response.json()["id"]
    assert event.type == EventType.CREATED
    assert event.data == {"title": "Disk full", "severity": "P1"}
    assert (event.actor, event.request_id) == (rui, "abc-1")
    assert event.created_at == Incident.objects.get().created_at


def test_times_are_rfc3339_in_utc_and_ids_are_canonical(as_user, rui):
    body = as_user(rui).post(URL, LEAST).json()

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", body["created_at"])
    age = datetime.now(UTC) - datetime.fromisoformat(body["created_at"])
    assert abs(age) < timedelta(seconds=10)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", body["id"])


def test_numbers_increase(as_user, rui):
    api = as_user(rui)

    found = [api.post(URL, LEAST).json()["number"] for _ in range(3)]

    assert found == sorted(set(found))


@pytest.mark.parametrize("field", ["title", "severity"])
@pytest.mark.parametrize("value", ["absent", None, "", 1, True, ["P1"], {"P1": 1}])
def test_a_required_field_that_is_missing_or_of_another_type_is_named(as_user, rui, field, value):
    sent = {**LEAST, field: value}
    if value == "absent":
        del sent[field]

    response = as_user(rui).post(URL, sent)

    assert named(response, field)
    assert Incident.objects.count() == IncidentEvent.objects.count() == 0


def test_all_bad_fields_are_named_at_once(as_user, rui):
    sent = {"title": " ", "severity": "P4", "description": 1, "metadata": [], "assignee": 7, "created_by": "x"}

    response = as_user(rui).post(URL, sent)

    assert named(response, *sent)


def test_no_body_counts_as_an_empty_object_and_lacks_what_is_required(as_user, rui):
    assert named(as_user(rui).post(URL), "title", "severity")


@pytest.mark.parametrize("severity", ["p1", "P0", "P4", " P1", "P1 ", "HIGH"])
def test_an_unknown_severity_is_named(as_user, rui, severity):
    assert named(as_user(rui).post(URL, {**LEAST, "severity": severity}), "severity")


@pytest.mark.parametrize("severity", ["P1", "P2", "P3"])
def test_each_severity_is_known(as_user, rui, severity):
    assert as_user(rui).post(URL, {**LEAST, "severity": severity}).json()["severity"] == severity


@pytest.mark.parametrize("title", ["x", "x" * 200, "é" * 200, "😀" * 200, "a\r\nb", "\u202eevil", "<b>{{7*7}}%s{0}"])
def test_a_title_of_up_to_200_characters_comes_back_as_sent(as_user, rui, title):
    response = as_user(rui).post(URL, {**LEAST, "title": title})

    assert response.json()["title"] == title
    assert as_user(rui).get(response["Location"]).json()["title"] == title


@pytest.mark.parametrize("title", [" ", "\t\r\n", "\u00a0\u2003\u3000", "x" * 201, "😀" * 201, " x" * 101])
def test_a_title_that_is_blank_or_too_long_is_named(as_user, rui, title):
    assert named(as_user(rui).post(URL, {**LEAST, "title": title}), "title")


def test_a_title_is_trimmed_before_it_is_measured(as_user, rui):
    response = as_user(rui).post(URL, {**LEAST, "title": f"  \n{'x' * 200}\u00a0 "})

    assert response.json()["title"] == "x" * 200
    assert IncidentEvent.objects.get().data["title"] == "x" * 200


# Characters that look empty, and that either Python or PostgreSQL may take for white space.
INVISIBLE = "\x1c\x1f\x85\u00a0\u1680\u180e\u2000\u2007\u200b\u2028\u2029\u202f\u205f\u2060\u3000\ufeff\u3164\u00ad"


def test_a_title_of_one_invisible_character_is_refused_or_stored_and_never_an_error(as_user, rui):
    api = as_user(rui)

    for character in INVISIBLE:
        response = api.post(URL, {**LEAST, "title": character})
        if character.isspace():
            assert named(response, "title"), character
        else:
            assert response.json()["title"] == character


@pytest.mark.parametrize("description", ["", " ", "\r\n a \t", "x" * 20_000, "😀" * 20_000])
def test_a_description_of_up_to_20000_characters_comes_back_untrimmed(as_user, rui, description):
    response = as_user(rui).post(URL, {**LEAST, "description": description})

    assert response.json()["description"] == description
    assert as_user(rui).get(response["Location"]).json()["description"] == description


@pytest.mark.parametrize("description", [None, 1, [], {}, "x" * 20_001])
def test_a_description_of_another_type_or_too_long_is_named(as_user, rui, description):
    assert named(as_user(rui).post(URL, {**LEAST, "description": description}), "description")


@pytest.mark.parametrize(
    "field", ["id", "number", "status", "version", "created_at", "resolved_at", "events", "team", "is_staff", "__all__"]
)
def test_a_field_that_cannot_be_set_is_refused_by_name(as_user, rui, field):
    assert named(as_user(rui).post(URL, {**LEAST, field: "x"}), field)
    assert not Incident.objects.exists()


def test_a_query_parameter_is_refused_by_name(as_user, rui):
    assert named(as_user(rui).post(f"{URL}?dry_run=1&x=2", LEAST), "dry_run", "x")
    assert not Incident.objects.exists()


@pytest.mark.parametrize("role", ["viewer", None])
def test_whoever_may_not_write_creates_nothing(as_user, vera, role):
    response = as_user(vera if role else None).post(URL, LEAST)

    assert response.status_code == (403 if role else 401)
    assert not Incident.objects.exists()
