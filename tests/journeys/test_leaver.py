"""Somebody leaves who still has open incidents: they are out at once, and nothing of theirs is lost."""

from typing import Any

import pytest

from tests.api import Api

TITLES = ["Disk full on db-7", "Queue stuck"]


@pytest.fixture
def theirs(as_user: Any, rui: Any) -> list[str]:
    """Two incidents that Rui has opened and taken."""
    api = as_user(rui)
    bodies = [{"title": title, "severity": "P2", "assignee": str(rui.pk)} for title in TITLES]
    return [api.post("/v1/incidents", body).json()["id"] for body in bodies]


def hand_over(api: Api, leaver: Any, to: Any) -> list[str]:
    open_ones = api.get(f"/v1/incidents?status=OPEN,ACK&assignee={leaver.pk}").json()["results"]
    for incident in open_ones:
        answer = api.patch(f"/v1/incidents/{incident['id']}", {"assignee": str(to.pk)})
        assert answer.status_code == 200
    return [incident["id"] for incident in open_ones]


def test_a_leaver_with_open_incidents(
    as_user: Any, in_session: Any, ada: Any, rui: Any, vera: Any, theirs: Any
) -> None:
    admin, theirs_api, browser = as_user(ada), as_user(rui), in_session(rui)
    admin.patch(f"/v1/users/{vera.pk}", {"role": "responder"})

    admin.patch(f"/v1/users/{rui.pk}", {"is_active": False})
    assert {api.get("/v1/incidents").status_code for api in (theirs_api, browser)} == {401}
    assert admin.patch(f"/v1/incidents/{theirs[0]}", {"assignee": str(rui.pk)}).status_code == 200  # as it was
    handed = hand_over(admin, rui, vera)

    assert set(handed) == set(theirs)
    shown = admin.get(f"/v1/incidents/{theirs[0]}").json()
    assert (shown["created_by"]["name"], shown["assignee"]["name"]) == ("Rui", "Vera")
    last = shown["events"][-1]
    assert (last["type"], last["data"]) == ("ASSIGNED", {"from": str(rui.pk), "to": str(vera.pk)})
    mine = as_user(vera).get("/v1/incidents?assignee=me").json()["results"]
    assert {incident["id"] for incident in mine} == set(theirs)
    assert as_user(vera).patch(f"/v1/incidents/{theirs[0]}/status", {"status": "ACK"}).status_code == 200
    assert admin.patch(f"/v1/incidents/{theirs[0]}", {"assignee": str(rui.pk)}).status_code == 400


def test_a_leaver_who_comes_back_is_who_they_were(as_user: Any, ada: Any, rui: Any, theirs: Any) -> None:
    admin = as_user(ada)
    admin.patch(f"/v1/users/{rui.pk}", {"is_active": False})

    admin.patch(f"/v1/users/{rui.pk}", {"is_active": True})
    rui.refresh_from_db()
    made = as_user(rui).get("/v1/incidents?created_by=me&ordering=created_at").json()["results"]

    assert [incident["id"] for incident in made] == theirs
    log = [entry for entry in admin.get("/v1/audit").json()["results"] if entry["action"] == "user.updated"]
    assert [entry["after"] for entry in log] == [{"is_active": True}, {"is_active": False}]
