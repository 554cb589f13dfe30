"""An admin deletes an incident: it is gone for everybody, and the audit log still tells of it."""

from typing import Any

from incidents.models import IncidentEvent


def test_a_deleted_incident_is_found_in_the_audit_log(as_user: Any, ada: Any, rui: Any) -> None:
    responder, admin = as_user(rui), as_user(ada)
    keyed = {"title": "Opened by mistake", "severity": "P3"}
    incident = responder.post("/v1/incidents", keyed, Idempotency_Key="k").json()
    path = f"/v1/incidents/{incident['id']}"
    responder.post(f"{path}/comments", {"body": "sorry"})
    etag = responder.get(path)["ETag"]

    assert responder.delete(path).status_code == 403
    assert admin.delete(path, If_Match='"1"').status_code == 412
    gone = admin.delete(path, If_Match=etag, X_Request_ID="cleanup-1")

    assert gone.status_code == 204
    assert {responder.get(url).status_code for url in (path, f"{path}/events")} == {404}
    assert responder.get("/v1/incidents").json()["results"] == []
    assert not IncidentEvent.objects.exists()
    entry = admin.get("/v1/audit?limit=1").json()["results"][0]
    assert (entry["action"], entry["target"]["id"]) == ("incident.deleted", incident["id"])
    assert entry["before"] == {"number": incident["number"], "title": "Opened by mistake"}
    assert (entry["actor"]["email"], entry["request_id"]) == ("ada@example.com", "cleanup-1")
    replayed = responder.post("/v1/incidents", keyed, Idempotency_Key="k")
    assert (replayed.status_code, replayed.json()) == (200, incident)
