"""If-Match on the three calls that honour it: it compares versions, before anything else of the call is judged."""

import uuid

import pytest

from incidents import services
from incidents.models import Incident, IncidentEvent
from incidents.tests.conftest import named
from users import services as user_services

CALLS = {
    "edit": ("PATCH", "", {"title": "other"}),
    "status": ("PATCH", "/status", {"status": "ACK"}),
    "delete": ("DELETE", "", None),
}
MALFORMED = ["", " ", "1", "abc", '"abc"', "'1'", '"1', '1"', '"-1"', '"1.1"', '"1.1.1.1"', '"1", x', '*, "1"']
MALFORMED += ['"9" "1"', '"' + "9" * 19 + '"', '""', "**", '"1,"', "W/1"]


@pytest.fixture(params=CALLS)
def call(request, as_user, ada, incident):
    """`call(header)` makes one of the three calls with this If-Match."""
    method, path, body = CALLS[request.param]

    def make(header: str, pk=incident.pk, body=body):
        return as_user(ada).call(method, f"/v1/incidents/{pk}{path}", body, If_Match=header)

    return make


def test_the_etag_of_the_incident_lets_the_call_through(call, as_user, ada, incident):
    etag = as_user(ada).get(f"/v1/incidents/{incident.pk}")["ETag"]

    assert call(etag).status_code in (200, 204)


@pytest.mark.parametrize("header", ['"1"', "*", ' "1" ', " * ", '"7", "1"', '"1","2"'])
def test_the_version_or_a_star_lets_the_call_through(call, header):
    assert call(header).status_code in (200, 204)


def test_another_version_is_refused_with_412_and_nothing_changes(call, rui, incident):
    services.comment(incident.pk, body="seen", actor=rui)

    response = call('"1"')

    assert response.status_code == 412
    assert response.json()["code"] == "PRECONDITION_FAILED"
    assert response.json()["details"] == {"current_version": 2}
    stored = Incident.objects.get()
    assert (stored.version, stored.title, stored.status) == (2, "Disk full on db-7", "OPEN")


def test_the_etag_of_before_a_change_is_refused(call, as_user, ada, rui, incident):
    etag = as_user(ada).get(f"/v1/incidents/{incident.pk}")["ETag"]
    services.comment(incident.pk, body="seen", actor=rui)

    assert call(etag).status_code == 412


def test_a_changed_name_refuses_nothing(call, as_user, ada, rui, incident):
    etag = as_user(ada).get(f"/v1/incidents/{incident.pk}")["ETag"]
    user_services.edit_user(rui.pk, actor=ada, name="Rui the Second")

    assert call(etag).status_code in (200, 204)


def test_anything_malformed_is_a_400_that_names_the_header(call):
    for header in MALFORMED:
        assert named(call(header), "If-Match"), header

    assert (Incident.objects.get().version, IncidentEvent.objects.count()) == (1, 1)


@pytest.mark.parametrize("header", ['"1"', "*", "malformed"])
def test_an_incident_that_is_not_there_comes_before_the_header(call, header):
    assert call(header, pk=uuid.UUID(int=1)).status_code == 404


@pytest.mark.parametrize("kind", ["edit", "status"])
def test_412_comes_before_a_field_that_does_not_fit(as_user, rui, incident, kind):
    method, path, _ = CALLS[kind]

    response = as_user(rui).call(method, f"/v1/incidents/{incident.pk}{path}", {"nonsense": 1}, If_Match='"2"')

    assert response.status_code == 412


@pytest.mark.parametrize("kind", ["edit", "status"])
def test_412_comes_before_the_rule_that_no_change_is_no_event(as_user, rui, incident, kind):
    method, path, _ = CALLS[kind]
    same = {"title": incident.title} if kind == "edit" else {"status": "OPEN"}

    response = as_user(rui).call(method, f"/v1/incidents/{incident.pk}{path}", same, If_Match='"2"')

    assert response.status_code == 412


def test_412_comes_before_a_transition_that_is_not_allowed(as_user, rui, incident):
    path = f"/v1/incidents/{incident.pk}/status"
    as_user(rui).patch(path, {"status": "RESOLVED"})

    assert as_user(rui).patch(path, {"status": "OPEN"}, If_Match='"1"').status_code == 412
    assert as_user(rui).patch(path, {"status": "OPEN"}, If_Match='"2"').status_code == 400


def test_412_comes_before_an_unknown_query_parameter(as_user, rui, incident):
    response = as_user(rui).patch(f"/v1/incidents/{incident.pk}?x=1", {"title": "y"}, If_Match='"2"')

    assert response.status_code == 412


@pytest.mark.parametrize("header", ['"2"', "malformed"])
def test_the_other_calls_do_not_look_at_it(as_user, rui, incident, header):
    api, path = as_user(rui), f"/v1/incidents/{incident.pk}"

    assert api.get(path, If_Match=header).status_code == 200
    assert api.get(f"{path}/events", If_Match=header).status_code == 200
    assert api.post(f"{path}/comments", {"body": "x"}, If_Match=header).status_code == 201
    assert named(api.get(f"{path}?x=1", If_Match=header), "x")
    assert named(api.post(f"{path}/comments", {"body": ""}, If_Match=header), "body")
