"""Who an incident is said to come from, and whom it may be given to."""

import uuid

import pytest

from incidents.models import Incident, IncidentEvent
from incidents.tests.conftest import named
from users import services as user_services

URL = "/v1/incidents"
LEAST = {"title": "Disk full", "severity": "P1"}


@pytest.fixture
def gone(ada, vera):
    """Somebody who has left."""
    return user_services.edit_user(vera.pk, actor=ada, is_active=False)


def shown(user):
    return {"id": str(user.pk), "name": user.name, "email": user.email}


def test_an_admin_may_name_another_creator_and_stays_the_actor(as_user, ada, rui):
    response = as_user(ada).post(URL, {**LEAST, "created_by": str(rui.pk)})

    assert response.status_code == 201
    assert response.json()["created_by"] == shown(rui)
    assert IncidentEvent.objects.get().actor == ada


def test_a_responder_may_not_name_another_creator(as_user, ada, rui):
    response = as_user(rui).post(URL, {**LEAST, "created_by": str(ada.pk)})

    assert response.status_code == 403
    assert response.json()["code"] == "PERMISSION_DENIED"
    assert not Incident.objects.exists()


def test_an_admins_token_of_scope_write_is_no_admin(as_user, ada, rui):
    response = as_user(ada, scope="write").post(URL, {**LEAST, "created_by": str(rui.pk)})

    assert response.status_code == 403
    assert not Incident.objects.exists()


@pytest.mark.parametrize("spelt", [str, lambda pk: str(pk).upper()])
def test_everyone_may_name_themselves(as_user, rui, spelt):
    response = as_user(rui).post(URL, {**LEAST, "created_by": spelt(rui.pk)})

    assert response.json()["created_by"] == shown(rui)


@pytest.mark.parametrize("name", ["ada", "rui"])
def test_naming_nobody_means_the_caller(as_user, ada, rui, name):
    user = {"ada": ada, "rui": rui}[name]

    assert as_user(user).post(URL, {**LEAST, "created_by": None}).json()["created_by"] == shown(user)


def test_nobody_known_creates_an_incident_of_nobody_on_an_open_service(as_user, settings):
    settings.API_ANONYMOUS_ROLE = "responder"

    response = as_user().post(URL, LEAST)

    assert response.status_code == 201
    assert response.json()["created_by"] is None
    assert IncidentEvent.objects.get().actor is None
    assert as_user().get(response["Location"]).json()["events"][0]["actor"] is None


def test_nobody_known_may_name_a_creator_on_an_open_service(as_user, rui, settings):
    settings.API_ANONYMOUS_ROLE = "responder"

    response = as_user().post(URL, {**LEAST, "created_by": str(rui.pk)})

    assert response.json()["created_by"] == shown(rui)
    assert IncidentEvent.objects.get().actor is None


def test_nobody_known_creates_nothing_where_viewers_are_let_in(as_user, settings):
    settings.API_ANONYMOUS_ROLE = "viewer"

    assert as_user().post(URL, LEAST).status_code == 403
    assert not Incident.objects.exists()


def test_the_assignee_is_part_of_created_without_an_event_of_its_own(as_user, rui, vera):
    response = as_user(rui).post(URL, {**LEAST, "assignee": str(vera.pk)})

    assert response.json()["assignee"] == shown(vera)
    assert [event.type for event in IncidentEvent.objects.all()] == ["CREATED"]


@pytest.mark.parametrize("field", ["assignee", "created_by"])
def test_a_person_who_left_is_refused_and_named(as_user, ada, gone, field):
    assert named(as_user(ada).post(URL, {**LEAST, field: str(gone.pk)}), field)
    assert not Incident.objects.exists()


@pytest.mark.parametrize("field", ["assignee", "created_by"])
@pytest.mark.parametrize("value", [str(uuid.UUID(int=0)), "Rui", "", 1, [], {}, True, "0" * 32, "urn:uuid:" + "0" * 32])
def test_an_id_of_nobody_is_refused_and_named(as_user, ada, field, value):
    assert named(as_user(ada).post(URL, {**LEAST, field: value}), field)
    assert not Incident.objects.exists()


def test_somebody_who_leaves_later_stays_shown(as_user, ada, rui, vera):
    location = as_user(rui).post(URL, {**LEAST, "assignee": str(vera.pk)})["Location"]
    user_services.edit_user(vera.pk, actor=ada, is_active=False)

    body = as_user(rui).patch(location, {"title": "Still full"}).json()

    assert body["assignee"] == shown(vera)
