"""A stranger, two minutes after `make run`: the token of the command line, and one incident from end to end."""

from io import StringIO
from typing import Any

from django.core.management import call_command

from tests.api import Api


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue().strip()


def opened(api: Api) -> dict[str, Any]:
    response = api.post("/v1/incidents", {"title": "Disk full on db-7", "severity": "P1"}, Idempotency_Key="first")
    assert response.status_code == 201
    incident: dict[str, Any] = api.get(response["Location"]).json()
    return incident


def test_a_strangers_first_incident(db: None, settings: Any) -> None:
    settings.ADMIN_PASSWORD = "a quite long sentence"
    printed("create_admin", "admin@example.com")
    api = Api(printed("create_token", "admin@example.com", "--scope", "admin"))

    path = f"/v1/incidents/{opened(api)['id']}"
    api.patch(f"{path}/status", {"status": "ACK", "note": "on it"})
    api.post(f"{path}/comments", {"body": "**Logs** had filled the volume."})
    resolved = api.patch(f"{path}/status", {"status": "RESOLVED"}).json()

    me = api.get("/v1/users/me").json()
    assert (resolved["status"], resolved["version"]) == ("RESOLVED", 4)
    assert resolved["created_at"] < resolved["acknowledged_at"] < resolved["resolved_at"]
    history = api.get(f"{path}/events").json()["results"]
    assert history == resolved["events"]
    assert [event["type"] for event in history] == ["CREATED", "STATUS_CHANGED", "COMMENTED", "STATUS_CHANGED"]
    assert [event["data"].get("to") for event in history] == [None, "ACK", None, "RESOLVED"]
    assert {event["actor"]["id"] for event in history} == {me["id"]}
    assert api.get("/v1/incidents?status=OPEN,ACK").json()["results"] == []
    assert [row["id"] for row in api.get("/v1/incidents?q=volume").json()["results"]] == [resolved["id"]]


def test_what_is_sent_twice_after_a_lost_answer_happens_once(db: None, settings: Any) -> None:
    settings.ADMIN_PASSWORD = "a quite long sentence"
    printed("create_admin", "admin@example.com")
    api = Api(printed("create_token", "admin@example.com"))
    first = opened(api)

    again = api.post("/v1/incidents", {"severity": "P1", "title": "Disk full on db-7"}, Idempotency_Key="first")

    assert (again.status_code, again["Idempotency-Replayed"]) == (200, "true")
    assert again.json()["id"] == first["id"]
    assert len(api.get("/v1/incidents").json()["results"]) == 1
