"""POST /v1/incidents/{id}/comments: the answer is the event, and the incident counts it as a change."""

import uuid

import pytest

from incidents.models import Incident, IncidentEvent
from incidents.tests.conftest import named


def url(incident):
    return f"/v1/incidents/{incident.pk}/comments"


def test_a_comment_answers_201_with_its_event(as_user, ada, incident):
    response = as_user(ada).post(url(incident), {"body": "**restarted** db-7"}, X_Request_ID="c-1")

    body = response.json()
    assert response.status_code == 201
    assert set(body) == {"id", "sequence", "type", "actor", "data", "request_id", "created_at"}
    assert (body["type"], body["data"]) == ("COMMENTED", {"body": "**restarted** db-7"})
    assert body["actor"] == {"id": str(ada.pk), "name": "Ada", "email": "ada@example.com"}
    assert body["request_id"] == "c-1"


def test_a_comment_raises_the_version_and_sets_updated_at(as_user, rui, incident):
    created = as_user(rui).post(url(incident), {"body": "x"}).json()

    body = as_user(rui).get(f"/v1/incidents/{incident.pk}").json()
    assert body["version"] == 2
    assert body["updated_at"] == created["created_at"] > body["created_at"]


def test_a_comment_moves_the_incident_to_the_top_of_the_lately_changed(as_user, rui, opened):
    first, second = opened(), opened()
    as_user(rui).post(url(first), {"body": "x"})

    rows = as_user(rui).get("/v1/incidents?ordering=-updated_at").json()["results"]

    assert [row["number"] for row in rows] == [first.number, second.number]


@pytest.mark.parametrize("body", [" ", "x" * 20_000, "😀" * 20_000, "\r\n\t", "<script>alert(1)</script>", "\u202eabc"])
def test_up_to_20000_characters_come_back_as_sent(as_user, rui, incident, body):
    response = as_user(rui).post(url(incident), {"body": body})

    assert response.status_code == 201
    assert response.json()["data"] == {"body": body}
    assert IncidentEvent.objects.get(type="COMMENTED").data == {"body": body}


@pytest.mark.parametrize("body", ["", None, 1, True, [], {}, "x" * 20_001])
def test_a_body_that_does_not_fit_is_named(as_user, rui, incident, body):
    assert named(as_user(rui).post(url(incident), {"body": body}), "body")
    assert (Incident.objects.get().version, IncidentEvent.objects.count()) == (1, 1)


def test_a_comment_without_a_body_is_refused(as_user, rui, incident):
    assert named(as_user(rui).post(url(incident)), "body")


def test_a_field_that_is_not_known_is_named(as_user, rui, incident):
    assert named(as_user(rui).post(url(incident), {"body": "x", "actor": str(rui.pk)}), "actor")


def test_a_resolved_incident_can_be_commented(as_user, rui, incident):
    as_user(rui).patch(f"/v1/incidents/{incident.pk}/status", {"status": "RESOLVED"})

    assert as_user(rui).post(url(incident), {"body": "post-mortem"}).status_code == 201


@pytest.mark.parametrize("sent", [{"body": "x"}, {"body": ""}, {}])
def test_an_incident_that_is_not_there_is_a_404_whatever_is_sent(as_user, rui, sent):
    response = as_user(rui).post(f"/v1/incidents/{uuid.UUID(int=1)}/comments", sent)

    assert response.status_code == 404
    assert response.json()["code"] == "INCIDENT_NOT_FOUND"
    assert not IncidentEvent.objects.exists()


def test_a_viewer_may_not_comment(as_user, vera, incident):
    assert as_user(vera).post(url(incident), {"body": "x"}).status_code == 403
    assert Incident.objects.get().version == 1


def test_comments_are_written_and_not_read_here(as_user, rui, incident):
    response = as_user(rui).get(url(incident))

    assert response.status_code == 405
    assert response["Allow"] == "OPTIONS, POST"


def test_a_comment_with_a_key_is_seen_by_the_next_read(as_user, rui, incident):
    api = as_user(rui)
    api.get(f"/v1/incidents/{incident.pk}")

    api.post(url(incident), {"body": "x"}, Idempotency_Key="k")

    assert api.get(f"/v1/incidents/{incident.pk}").json()["version"] == 2
