"""GET /v1/incidents/{id}: the incident, its newest events, and its address. Its cache is in test_detail_cache.py."""

import uuid

import pytest

from incidents import services
from users import services as user_services

COLUMNS = [
    "id",
    "number",
    "title",
    "description",
    "severity",
    "status",
    "metadata",
    "created_by",
    "assignee",
    "version",
]
COLUMNS += ["created_at", "updated_at", "acknowledged_at", "resolved_at", "events", "events_url"]


def url(incident):
    return f"/v1/incidents/{incident.pk}"


def test_the_detail_shows_everything_that_the_contract_names(as_user, vera, incident):
    response = as_user(vera).get(url(incident))

    assert response.status_code == 200
    assert sorted(response.json()) == sorted(COLUMNS)
    assert response.json()["events_url"] == f"{url(incident)}/events"
    assert response["Cache-Control"] == "private, no-cache"
    assert {word.strip() for word in response["Vary"].split(",")} >= {"Authorization", "Cookie"}


def test_events_come_oldest_first(as_user, rui, incident):
    api = as_user(rui)
    api.patch(url(incident), {"title": "x"})
    api.post(f"{url(incident)}/comments", {"body": "y"})
    api.patch(f"{url(incident)}/status", {"status": "ACK"})

    events = api.get(url(incident)).json()["events"]

    assert [event["type"] for event in events] == ["CREATED", "UPDATED", "COMMENTED", "STATUS_CHANGED"]
    assert [event["sequence"] for event in events] == sorted(event["sequence"] for event in events)
    assert events[0]["created_at"] <= events[1]["created_at"] <= events[2]["created_at"] <= events[3]["created_at"]


@pytest.mark.parametrize(("comments", "oldest"), [(199, "CREATED"), (200, "0"), (205, "5")])
def test_only_the_newest_200_events_are_shown(as_user, rui, incident, comments, oldest):
    for number in range(comments):
        services.comment(incident.pk, body=str(number), actor=rui)

    events = as_user(rui).get(url(incident)).json()["events"]

    assert len(events) == 200
    assert events[0]["data"].get("body", events[0]["type"]) == oldest
    assert events[-1]["data"]["body"] == str(comments - 1)


@pytest.mark.parametrize(("comments", "oldest"), [(198, "CREATED"), (199, "0"), (205, "6")])
def test_the_answer_to_a_change_of_status_shows_no_more_of_them(as_user, rui, incident, comments, oldest):
    for number in range(comments):
        services.comment(incident.pk, body=str(number), actor=rui)

    events = as_user(rui).patch(f"{url(incident)}/status", {"status": "ACK"}).json()["events"]

    assert len(events) == 200
    assert events[0]["data"].get("body", events[0]["type"]) == oldest
    assert [event["type"] for event in events[-2:]] == ["COMMENTED", "STATUS_CHANGED"]


@pytest.mark.parametrize(("path", "body"), [("", {"title": "x"}), ("/status", {"status": "ACK"}), ("", {})])
def test_the_answer_to_a_change_is_the_detail(as_user, rui, incident, path, body):
    answer = as_user(rui).patch(url(incident) + path, body)
    seen = as_user(rui).get(url(incident))

    assert answer.content == seen.content
    assert answer["ETag"] == seen["ETag"]


def test_head_is_answered_like_get(as_user, rui, incident):
    got = as_user(rui).get(url(incident))

    head = as_user(rui).call("HEAD", url(incident))

    assert head.status_code == 200
    assert head["ETag"] == got["ETag"]
    assert head["Content-Length"] == str(len(got.content))


@pytest.mark.parametrize("path", ["", "/events"])
def test_an_incident_that_is_not_there_is_a_404_of_its_own_code(as_user, rui, path):
    response = as_user(rui).get(f"/v1/incidents/{uuid.UUID(int=0)}{path}")

    assert response.status_code == 404
    assert response.json()["code"] == "INCIDENT_NOT_FOUND"
    assert response.json()["details"] == {}


IDS = [
    "9223372036854775808",
    "%2e%2e%2f",
    "{00000000-0000-0000-0000-000000000000}",
    "x",
    "null",
    "%00",
    "a" * 5000,
    "-1",
]
IDS += [
    "00000000000000000000000000000000",
    "00000000-0000-0000-0000-00000000000G",
    "00000000-0000-0000-0000-000000000000%0a",
]


@pytest.mark.parametrize("path", ["", "/events", "/status", "/comments"])
def test_a_malformed_id_is_a_404(as_user, rui, path):
    api = as_user(rui)

    for malformed in IDS:
        response = api.get(f"/v1/incidents/{malformed}{path}")
        assert (response.status_code, response.json()["code"]) == (404, "NOT_FOUND"), malformed


def test_an_id_in_upper_case_is_not_the_canonical_one(as_user, rui, incident):
    assert as_user(rui).get(url(incident).replace(str(incident.pk), str(incident.pk).upper())).status_code == 404


def test_an_unknown_query_parameter_of_an_unknown_incident_is_a_404(as_user, rui):
    assert as_user(rui).get(f"/v1/incidents/{uuid.UUID(int=1)}?expand=events").status_code == 404


def test_names_shown_are_those_of_today(as_user, rui, ada, incident):
    as_user(rui).patch(url(incident), {"assignee": str(rui.pk)})
    user_services.edit_user(rui.pk, actor=ada, name="Rui II", email="rui2@example.com")

    body = as_user(ada).get(url(incident)).json()

    today = {"id": str(rui.pk), "name": "Rui II", "email": "rui2@example.com"}
    assert body["created_by"] == body["assignee"] == today
    assert [event["actor"] for event in body["events"]] == [today, today]


def test_an_open_service_shows_incidents_to_anybody(as_user, incident, settings):
    assert as_user().get(url(incident)).status_code == 401

    settings.API_ANONYMOUS_ROLE = "viewer"

    assert as_user().get(url(incident)).status_code == 200


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/incidents", "GET, HEAD, OPTIONS, POST"),
        ("/v1/incidents/{}", "DELETE, GET, HEAD, OPTIONS, PATCH"),
        ("/v1/incidents/{}/status", "OPTIONS, PATCH"),
        ("/v1/incidents/{}/comments", "OPTIONS, POST"),
        ("/v1/incidents/{}/events", "GET, HEAD, OPTIONS"),
    ],
)
def test_each_address_tells_its_methods_and_refuses_the_others(as_user, ada, incident, path, allowed):
    api, path = as_user(ada), path.format(incident.pk)
    told = as_user().call("OPTIONS", path)

    assert (told.status_code, told["Allow"]) == (204, allowed)
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - set(allowed.split(", ")):
        refused = api.call(method, path)
        assert (refused.status_code, refused["Allow"]) == (405, allowed), method
    assert as_user(ada).get(path + "/").status_code == 404
