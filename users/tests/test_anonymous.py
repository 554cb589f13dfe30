"""API_ANONYMOUS_ROLE: a service that is open to calls without credentials."""

import pytest

from users.models import User
from users.tests.conftest import entries, forbidden, invalid, unauthenticated

INCIDENT = {"title": "t", "severity": "P1"}
PERSON = {"email": "new@example.com", "name": "New"}


@pytest.fixture
def anybody(as_user, db, settings):
    """`anybody("viewer")` is the API without credentials on a service that is open so far."""

    def open_to(role):
        settings.API_ANONYMOUS_ROLE = role
        return as_user()

    return open_to


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_service_is_closed_by_default(as_user, db, method):
    assert unauthenticated(as_user().call(method, "/v1/incidents", INCIDENT if method == "POST" else None))


def test_viewer_opens_reading(anybody, incident, ada):
    api = anybody("viewer")

    assert api.get("/v1/incidents").json()["results"][0]["id"] == str(incident.pk)
    assert api.get(f"/v1/incidents/{incident.pk}").status_code == 200
    assert api.get(f"/v1/users/{ada.pk}").status_code == 200
    assert forbidden(api.post("/v1/incidents", INCIDENT))
    assert forbidden(api.patch(f"/v1/users/{ada.pk}", {"name": "x"}))
    assert forbidden(api.get("/v1/audit"))


def test_responder_opens_writing(anybody, ada):
    api = anybody("responder")

    opened = api.post("/v1/incidents", INCIDENT)
    path = f"/v1/incidents/{opened.json()['id']}"
    done = api.patch(f"{path}/status", {"status": "ACK"})

    assert (opened.status_code, done.status_code) == (201, 200)
    assert opened.json()["created_by"] is None
    assert {event["actor"] for event in done.json()["events"]} == {None}
    assert api.post(f"{path}/comments", {"body": "b"}).json()["actor"] is None
    assert forbidden(api.delete(path))
    assert forbidden(api.post("/v1/users", PERSON))
    assert forbidden(api.patch(f"/v1/users/{ada.pk}", {"name": "x"}))


def test_anybody_may_name_who_reported_an_incident(anybody, rui):
    opened = anybody("responder").post("/v1/incidents", {**INCIDENT, "created_by": str(rui.pk)})

    assert opened.json()["created_by"]["id"] == str(rui.pk)


def test_admin_opens_everything_and_the_audit_log_names_nobody(anybody, rui, incident):
    api = anybody("admin")

    made = api.post("/v1/users", PERSON)
    edited = api.patch(f"/v1/users/{rui.pk}", {"role": "viewer"})
    deleted = api.delete(f"/v1/incidents/{incident.pk}")

    assert [made.status_code, edited.status_code, deleted.status_code] == [201, 200, 204]
    assert User.objects.get(pk=rui.pk).role == "viewer"
    shown = api.get("/v1/audit?limit=3").json()["results"]
    assert [entry["action"] for entry in shown] == ["incident.deleted", "user.updated", "user.created"]
    assert {entry["actor"] for entry in shown} == {None}


@pytest.mark.parametrize("role", ["viewer", "responder", "admin"])
def test_what_belongs_to_a_person_is_refused_to_nobody(anybody, rui, role):
    api = anybody(role)

    assert unauthenticated(api.get("/v1/users/me"))
    assert unauthenticated(api.get("/v1/tokens"))
    assert unauthenticated(api.get(f"/v1/tokens?user={rui.pk}"))
    assert unauthenticated(api.post("/v1/tokens", {"name": "t", "scope": "read"}))
    assert unauthenticated(api.delete(f"/v1/tokens/{rui.pk}"))
    assert unauthenticated(api.get("/v1/incidents?assignee=me"))
    assert unauthenticated(api.get("/v1/incidents?created_by=me"))
    assert not entries("token.created")


def test_a_person_keeps_their_own_role_on_an_open_service(anybody, as_user, in_session, vera):
    anybody("admin")

    assert forbidden(as_user(vera).post("/v1/incidents", INCIDENT))
    assert forbidden(in_session(vera).post("/v1/incidents", INCIDENT))


def test_all_anonymous_callers_share_one_space_of_idempotency_keys(anybody, as_user, rui):
    api = anybody("responder")

    first, second = (api.post("/v1/incidents", INCIDENT, Idempotency_Key="k") for _ in range(2))
    rui_answer = as_user(rui).post("/v1/incidents", INCIDENT, Idempotency_Key="k")

    assert [first.status_code, second.status_code, rui_answer.status_code] == [201, 200, 201]
    assert second.json()["id"] == first.json()["id"] != rui_answer.json()["id"]


@pytest.mark.parametrize("role", ["", "viewer", "admin"])
def test_the_admin_site_stays_closed(anybody, role):
    response = anybody(role).client.get("/admin/")

    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")


def test_nobody_needs_a_csrf_token_where_there_is_no_session(anybody, as_user):
    api = anybody("responder")
    api.client.handler.enforce_csrf_checks = True

    assert api.post("/v1/incidents", INCIDENT).status_code == 201
    assert invalid(api.post("/v1/incidents", {}), "title", "severity")
