"""Every pair of statuses is stated here as allowed or refused."""

import uuid

import pytest

from incidents import lifecycle
from incidents.models import EventType, Incident, Status

ALLOWED = {("OPEN", "ACK"), ("OPEN", "RESOLVED"), ("ACK", "RESOLVED")}
PAIRS = [(a, b) for a in Status.values for b in Status.values if a != b]


def bring(incident: Incident, status: str) -> None:
    if status != "OPEN":
        lifecycle.change_status(incident.pk, Status(status), actor=None)


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_a_transition_is_allowed_or_refused_as_stated(as_user, rui, incident, before, after):
    bring(incident, before)
    count = incident.events.count()

    response = as_user(rui).patch(f"/v1/incidents/{incident.pk}/status", {"status": after, "note": "n"})

    incident.refresh_from_db()
    if (before, after) in ALLOWED:
        assert response.status_code == 200
        assert response.json()["status"] == incident.status == after
        event = response.json()["events"][-1]
        assert event["type"] == EventType.STATUS_CHANGED
        assert event["data"] == {"from": before, "to": after, "note": "n"}
        assert event["actor"]["id"] == str(rui.pk)
        assert event["request_id"] == response["X-Request-ID"]
    else:
        assert response.status_code == 400
        body = response.json()
        assert body["code"] == "INVALID_STATUS_TRANSITION"
        assert body["details"]["current_status"] == before
        assert body["details"]["requested_status"] == after
        assert set(body["details"]["allowed_transitions"]) == {b for a, b in ALLOWED if a == before}
        assert incident.status == before
        assert incident.events.count() == count


def test_setting_the_status_it_has_changes_nothing(as_user, rui, incident):
    as_user(rui).patch(f"/v1/incidents/{incident.pk}/status", {"status": "ACK"})
    response = as_user(rui).patch(f"/v1/incidents/{incident.pk}/status", {"status": "ACK"})

    assert response.status_code == 200
    assert incident.events.filter(type=EventType.STATUS_CHANGED).count() == 1
    assert response.json()["version"] == 2


def test_times_are_set_once_and_equal_the_event(as_user, rui, incident):
    acked = as_user(rui).patch(f"/v1/incidents/{incident.pk}/status", {"status": "ACK"}).json()
    resolved = as_user(rui).patch(f"/v1/incidents/{incident.pk}/status", {"status": "RESOLVED"}).json()

    assert acked["acknowledged_at"] == acked["updated_at"] == acked["events"][-1]["created_at"]
    assert resolved["acknowledged_at"] == acked["acknowledged_at"]
    assert resolved["resolved_at"] == resolved["updated_at"]


@pytest.mark.parametrize("status", ["open", "", None, ["ACK"], 1, "CLOSED"])
def test_a_status_that_is_none_names_the_field(as_user, rui, incident, status):
    response = as_user(rui).patch(f"/v1/incidents/{incident.pk}/status", {"status": status})

    assert response.status_code == 400
    assert response.json()["code"] == "VALIDATION_ERROR"
    assert "status" in response.json()["details"]


def test_resolving_at_once_leaves_it_unacknowledged(as_user, rui, incident):
    body = as_user(rui).patch(f"/v1/incidents/{incident.pk}/status", {"status": "RESOLVED"}).json()

    assert body["acknowledged_at"] is None
    assert body["resolved_at"] == body["updated_at"] == body["events"][-1]["created_at"]


@pytest.mark.parametrize("sent", [{"status": "ACK"}, {"status": "x"}, {}])
def test_an_incident_that_is_not_there_is_a_404_whatever_is_sent(as_user, rui, sent):
    response = as_user(rui).patch(f"/v1/incidents/{uuid.UUID(int=1)}/status", sent)

    assert response.status_code == 404
    assert response.json()["code"] == "INCIDENT_NOT_FOUND"


def test_a_viewer_may_not_change_a_status(as_user, vera, rui, incident):
    assert as_user(vera).patch(f"/v1/incidents/{incident.pk}/status", {"status": "ACK"}).status_code == 403
    assert as_user(rui, scope="read").patch(f"/v1/incidents/{incident.pk}/status", {"status": "ACK"}).status_code == 403

    incident.refresh_from_db()
    assert (incident.status, incident.version) == ("OPEN", 1)
