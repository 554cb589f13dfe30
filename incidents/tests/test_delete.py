"""DELETE /v1/incidents/{id}: an admin's; what goes with it, and what stays."""

import uuid

import pytest
from django.core.cache import cache

from core.models import IdempotencyKey
from incidents.models import Incident, IncidentEvent
from users.models import AuditEntry


def url(incident):
    return f"/v1/incidents/{incident.pk}"


def test_deleting_answers_204_with_nothing_and_the_incident_is_gone(as_user, ada, incident):
    response = as_user(ada).delete(url(incident))

    assert response.status_code == 204
    assert "Content-Type" not in response
    assert not Incident.objects.exists()
    again = as_user(ada).get(url(incident))
    assert (again.status_code, again.json()["code"]) == (404, "INCIDENT_NOT_FOUND")


def test_its_events_go_with_it_and_those_of_others_stay(as_user, ada, rui, incident, opened):
    other = opened()
    as_user(rui).post(f"{url(incident)}/comments", {"body": "x"})
    as_user(rui).patch(f"{url(incident)}/status", {"status": "ACK"})

    as_user(ada).delete(url(incident))

    assert [event.incident_id for event in IncidentEvent.objects.all()] == [other.pk]


def test_an_entry_stays_in_the_audit_log(as_user, ada, incident):
    as_user(ada).delete(url(incident), X_Request_ID="del-1")

    entry = AuditEntry.objects.get(action="incident.deleted")
    assert (entry.actor, entry.request_id) == (ada, "del-1")
    assert (entry.target_type, entry.target_id) == ("incident", incident.pk)
    assert entry.before == {"number": incident.number, "title": "Disk full on db-7"}


@pytest.mark.parametrize("name", ["rui", "vera"])
def test_only_an_admin_may_delete(as_user, rui, vera, incident, name):
    response = as_user({"rui": rui, "vera": vera}[name]).delete(url(incident))

    assert response.status_code == 403
    assert Incident.objects.exists()
    assert not AuditEntry.objects.filter(action="incident.deleted").exists()


def test_an_admins_token_of_scope_write_may_not_delete(as_user, ada, incident):
    assert as_user(ada, scope="write").delete(url(incident)).status_code == 403
    assert Incident.objects.exists()


def test_a_creation_whose_incident_was_deleted_is_still_replayed(as_user, ada):
    api = as_user(ada)
    sent = {"title": "Disk full", "severity": "P1"}
    first = api.post("/v1/incidents", sent, Idempotency_Key="k")
    api.delete(first["Location"])

    again = api.post("/v1/incidents", sent, Idempotency_Key="k")

    assert (again.status_code, again.content) == (200, first.content)
    assert IdempotencyKey.objects.count() == 1
    assert not Incident.objects.exists()


def test_a_deleted_incident_is_not_answered_from_the_cache(as_user, ada, incident):
    api = as_user(ada)
    api.get(url(incident))
    assert api.get(url(incident))["X-Cache"] == "HIT"

    api.delete(url(incident))

    assert api.get(url(incident)).status_code == 404
    assert api.get(f"{url(incident)}/events").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_cached_answer_of_a_deleted_incident_is_dropped(as_user, ada, incident):
    api = as_user(ada)
    api.get(url(incident))
    assert len(cache.keys(f"incident:{incident.pk}:*")) == 1

    api.delete(url(incident))

    assert cache.keys(f"incident:{incident.pk}:*") == []


@pytest.mark.parametrize("call", ["delete", "get", "patch"])
def test_a_deleted_incident_is_like_one_that_never_was(as_user, ada, incident, call):
    api = as_user(ada)
    api.delete(url(incident))

    gone = getattr(api, call)(url(incident), X_Request_ID="r")
    never = getattr(api, call)(f"/v1/incidents/{uuid.UUID(int=1)}", X_Request_ID="r")

    assert (gone.status_code, gone.content) == (never.status_code, never.content)


def test_an_open_service_of_admins_deletes_without_an_actor(as_user, incident, settings):
    settings.API_ANONYMOUS_ROLE = "admin"

    assert as_user().delete(url(incident)).status_code == 204
    assert AuditEntry.objects.get(action="incident.deleted").actor is None


def test_a_query_parameter_is_refused_and_nothing_is_deleted(as_user, ada, incident):
    assert as_user(ada).delete(f"{url(incident)}?force=1").status_code == 400
    assert Incident.objects.exists()
