"""PATCH /v1/incidents/{id}: what changes, what is told of it, and what is refused."""

import uuid

import pytest

from incidents import services
from incidents.models import EventType, Incident
from incidents.tests.conftest import named
from users import services as user_services


def url(incident):
    return f"/v1/incidents/{incident.pk}"


def types(body):
    return [event["type"] for event in body["events"]]


def test_an_edit_changes_the_fields_and_tells_from_and_to(as_user, rui, ada, incident):
    sent = {"title": "Disk is full", "description": "see runbook", "severity": "P2", "metadata": {"host": "db-7"}}

    response = as_user(ada).patch(url(incident), sent, X_Request_ID="edit-1")

    body = response.json()
    assert response.status_code == 200
    assert {name: body[name] for name in sent} == sent
    event = body["events"][-1]
    assert event["type"] == "UPDATED"
    assert event["data"]["changes"] == {
        "title": {"from": "Disk full on db-7", "to": "Disk is full"},
        "description": {"from": "", "to": "see runbook"},
        "severity": {"from": "P1", "to": "P2"},
        "metadata": {"from": {}, "to": {"host": "db-7"}},
    }
    assert (event["actor"]["id"], event["request_id"]) == (str(ada.pk), "edit-1")
    assert body["created_by"]["id"] == str(rui.pk)


def test_an_edit_raises_the_version_by_one_and_sets_updated_at(as_user, rui, incident):
    body = as_user(rui).patch(url(incident), {"title": "x", "severity": "P3"}).json()

    assert body["version"] == 2
    assert body["created_at"] < body["updated_at"] == body["events"][-1]["created_at"]


def test_only_what_differs_is_told(as_user, rui, incident):
    body = as_user(rui).patch(url(incident), {"title": " Disk full on db-7 ", "severity": "P3"}).json()

    assert body["events"][-1]["data"]["changes"] == {"severity": {"from": "P1", "to": "P3"}}


NOTHING = [{}, {"title": "Disk full on db-7"}, {"description": "", "severity": "P1", "metadata": {}, "assignee": None}]


@pytest.mark.parametrize("sent", NOTHING)
def test_an_edit_that_changes_nothing_leaves_no_event(as_user, rui, incident, sent):
    before = as_user(rui).get(url(incident))

    response = as_user(rui).patch(url(incident), sent)

    assert response.status_code == 200
    assert response.json() == before.json()
    assert response["ETag"] == before["ETag"]


def test_an_edit_without_a_body_changes_nothing(as_user, rui, incident):
    assert as_user(rui).patch(url(incident)).json()["version"] == 1


def test_assigning_tells_who_had_it_and_who_has_it(as_user, rui, ada, incident):
    api = as_user(rui)

    first = api.patch(url(incident), {"assignee": str(ada.pk)}).json()
    second = api.patch(url(incident), {"assignee": str(rui.pk)}).json()
    third = api.patch(url(incident), {"assignee": None}).json()

    assert first["assignee"] == {"id": str(ada.pk), "name": "Ada", "email": "ada@example.com"}
    assert third["assignee"] is None
    assert types(third) == ["CREATED", "ASSIGNED", "ASSIGNED", "ASSIGNED"]
    told = [event["data"] for event in third["events"][1:]]
    assert told[0] == {"from": None, "to": str(ada.pk)}
    assert told[1] == {"from": str(ada.pk), "to": str(rui.pk)}
    assert told[2] == {"from": str(rui.pk), "to": None}
    assert (second["version"], third["version"]) == (3, 4)


def test_assigning_again_to_the_same_person_leaves_no_event(as_user, rui, ada, opened):
    incident = opened(assignee=ada)

    body = as_user(rui).patch(url(incident), {"assignee": str(ada.pk).upper()}).json()

    assert types(body) == ["CREATED"]


def test_fields_and_assignee_together_give_updated_and_then_assigned(as_user, rui, ada, incident):
    response = as_user(rui).patch(url(incident), {"assignee": str(ada.pk), "severity": "P3"})

    body = response.json()
    assert types(body) == ["CREATED", "UPDATED", "ASSIGNED"]
    assert body["version"] == 3
    updated, assigned = body["events"][1:]
    assert updated["sequence"] < assigned["sequence"]
    assert updated["request_id"] == assigned["request_id"] == response["X-Request-ID"]
    assert "assignee" not in updated["data"]["changes"]


def test_a_refused_assignee_undoes_the_other_fields(as_user, rui, ada, vera, incident):
    user_services.edit_user(vera.pk, actor=ada, is_active=False)

    response = as_user(rui).patch(url(incident), {"assignee": str(vera.pk), "severity": "P3"})

    assert named(response, "assignee")
    incident = Incident.objects.get()
    assert (incident.severity, incident.version) == ("P1", 1)
    assert incident.events.count() == 1


def test_an_assignee_who_left_stays_while_other_fields_change(as_user, ada, rui, vera, opened):
    incident = opened(assignee=vera)
    user_services.edit_user(vera.pk, actor=ada, is_active=False)

    response = as_user(rui).patch(url(incident), {"assignee": str(vera.pk), "title": "x"})

    assert response.status_code == 200
    assert types(response.json()) == ["CREATED", "UPDATED"]


BAD = [
    *[("title", value) for value in ("", "  ", None, 1, "x" * 201)],
    *[("severity", value) for value in ("P9", "p1", "", None, 1, ["P1"])],
    *[("description", value) for value in (None, 1, "x" * 20_001)],
    *[("metadata", value) for value in (None, [], "{}")],
    *[("assignee", value) for value in ("", "me", "none", 1, str(uuid.UUID(int=7)))],
    *[(name, "x") for name in ("id", "status", "version", "created_by", "number", "events", "updated_at", "note")],
]


@pytest.mark.parametrize(("field", "value"), BAD)
def test_a_field_that_does_not_fit_is_named_and_nothing_changes(as_user, rui, incident, field, value):
    response = as_user(rui).patch(url(incident), {"title": "other", field: value})

    assert named(response, field)
    stored = Incident.objects.get()
    assert (stored.title, stored.version, stored.events.count()) == ("Disk full on db-7", 1, 1)


def test_a_resolved_incident_can_still_be_edited(as_user, rui, incident):
    api = as_user(rui)
    api.patch(f"{url(incident)}/status", {"status": "RESOLVED"})

    body = api.patch(url(incident), {"title": "after the fact"}).json()

    assert (body["title"], body["status"]) == ("after the fact", "RESOLVED")


@pytest.mark.parametrize("sent", [{"title": "x"}, {"title": ""}, {"nonsense": 1}, {}])
def test_an_incident_that_is_not_there_is_a_404_whatever_is_sent(as_user, rui, sent):
    response = as_user(rui).patch(f"/v1/incidents/{uuid.UUID(int=1)}", sent)

    assert response.status_code == 404
    assert response.json()["code"] == "INCIDENT_NOT_FOUND"


def test_a_viewer_may_not_edit(as_user, vera, incident):
    assert as_user(vera).patch(url(incident), {"title": "x"}).status_code == 403
    assert not incident.events.filter(type=EventType.UPDATED).exists()


def test_an_edit_by_nobody_known_is_told_without_an_actor(as_user, incident, settings):
    settings.API_ANONYMOUS_ROLE = "responder"

    body = as_user().patch(url(incident), {"title": "x"}).json()

    assert body["events"][-1]["actor"] is None


def test_two_edits_in_a_row_both_count(as_user, rui, incident):
    services.edit_incident(incident.pk, title="one", actor=rui)

    body = as_user(rui).patch(url(incident), {"title": "two"}).json()

    assert [event["data"] for event in body["events"][1:]] == [
        {"changes": {"title": {"from": "Disk full on db-7", "to": "one"}}},
        {"changes": {"title": {"from": "one", "to": "two"}}},
    ]
