"""GET /v1/incidents: each filter, and filters together. Pages are in test_paging.py, words in test_search.py."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from core.clock import rfc3339
from incidents import lifecycle
from incidents.models import Incident, Severity, Status
from incidents.tests.conftest import numbers, results

URL = "/v1/incidents"


@pytest.fixture
def some(opened):
    """Nine incidents: each severity in each status, oldest first."""
    made = {}
    for severity in Severity.values:
        for status in Status.values:
            incident = opened(title=f"{severity} {status}", severity=severity)
            if status != "OPEN":
                lifecycle.change_status(incident.pk, Status(status), actor=None)
            made[severity, status] = incident.number
    return made


def test_newest_come_first_without_their_events(as_user, rui, some):
    rows = results(as_user(rui).get(URL))

    assert [row["number"] for row in rows] == sorted(some.values(), reverse=True)
    assert not any("events" in row for row in rows)


def test_an_empty_list_is_a_page(as_user, rui):
    assert as_user(rui).get(URL).json() == {"results": [], "next": None, "previous": None}


@pytest.mark.parametrize("name", ["status", "severity"])
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("style", ["repeated", "commas", "both", "twice"])
def test_status_and_severity_may_be_repeated_or_comma_separated(as_user, rui, some, name, count, style):
    wanted = (Status.values if name == "status" else Severity.values)[-count:]
    query = {
        "repeated": "&".join(f"{name}={value}" for value in wanted),
        "commas": f"{name}={','.join(wanted)}",
        "both": f"{name}={wanted[0]}&{name}={','.join(wanted)}",
        "twice": f"{name}={quote(','.join(wanted * 2))}",
    }[style]

    found = numbers(as_user(rui).get(f"{URL}?{query}"))

    place = 1 if name == "status" else 0
    assert sorted(found) == sorted(number for key, number in some.items() if key[place] in wanted)


def test_filters_are_all_met_at_once(as_user, rui, some):
    found = numbers(
        as_user(rui).get(f"{URL}?status=OPEN,ACK&severity=P1&created_by=me&assignee=none&ordering=created_at")
    )

    assert found == [some["P1", "OPEN"], some["P1", "ACK"]]


@pytest.fixture
def given(opened, rui, ada):
    """Whose incidents are whose: creator, assignee -> number."""
    pairs = [("rui", "ada"), ("rui", None), ("ada", "rui"), (None, "ada"), (None, None)]
    people = {"rui": rui, "ada": ada, None: None}
    return {(c, a): opened(actor=None, created_by=people[c], assignee=people[a]).number for c, a in pairs}


@pytest.mark.parametrize(("name", "place"), [("created_by", 0), ("assignee", 1)])
@pytest.mark.parametrize("whose", ["me", "none", "id", "ID"])
def test_people_are_an_id_or_me_or_none(as_user, rui, ada, given, name, place, whose):
    wanted = {"me": "rui", "none": None, "id": "ada", "ID": "ada"}[whose]
    text = {"id": str(ada.pk), "ID": str(ada.pk).upper()}.get(whose, whose)

    found = numbers(as_user(rui).get(f"{URL}?{name}={text}"))

    assert sorted(found) == sorted(number for pair, number in given.items() if pair[place] == wanted)


def test_an_id_of_nobody_finds_nothing(as_user, rui, given):
    assert numbers(as_user(rui).get(f"{URL}?assignee=00000000-0000-0000-0000-000000000001")) == []


@pytest.mark.parametrize("name", ["assignee", "created_by"])
def test_me_is_nobody_without_credentials(as_user, given, settings, name):
    settings.API_ANONYMOUS_ROLE = "viewer"

    response = as_user().get(f"{URL}?{name}=me")

    assert response.status_code == 401
    assert response.json()["code"] == "NOT_AUTHENTICATED"
    assert response["WWW-Authenticate"] == "Bearer"
    assert as_user().get(f"{URL}?{name}=none").status_code == 200


def test_created_after_is_inclusive_and_created_before_is_not(as_user, rui, opened):
    first, second, third = opened(), opened(), opened()
    moment = rfc3339(Incident.objects.get(pk=second.pk).created_at)
    api = as_user(rui)

    assert numbers(api.get(f"{URL}?created_after={moment}")) == [third.number, second.number]
    assert numbers(api.get(f"{URL}?created_before={moment}")) == [first.number]
    assert numbers(api.get(f"{URL}?created_after={moment}&created_before={moment}")) == []
    assert numbers(api.get(f"{URL}?created_before={moment}&ordering=severity")) == [first.number]


def test_times_may_be_written_with_any_offset(as_user, rui, opened):
    first, second = opened(), opened()
    utc = Incident.objects.get(pk=second.pk).created_at.replace(tzinfo=None)
    api = as_user(rui)

    for hours, written in ((2, "%2B02:00"), (-5, "-05:00"), (0, "z"), (0, "%2B00:00")):
        local = (utc + timedelta(hours=hours)).isoformat(timespec="microseconds")
        assert numbers(api.get(f"{URL}?created_before={local}{written}")) == [first.number]
        assert numbers(api.get(f"{URL}?created_after={local.replace('T', 't')}{written}")) == [second.number]


def orders(made):
    """What each ordering makes of `made`, a list of incidents from the oldest to the newest."""
    newest_first = made[::-1]
    found = {
        "created_at": made,
        "-created_at": newest_first,
        "-updated_at": [made[1], *[row for row in newest_first if row is not made[1]]],
        "severity": sorted(newest_first, key=lambda row: row.severity),
    }
    return {ordering: [row.number for row in rows] for ordering, rows in found.items()}


@pytest.mark.parametrize("ordering", ["created_at", "-created_at", "-updated_at", "severity"])
def test_each_ordering_is_what_it_says(as_user, rui, opened, ordering):
    made = [opened(severity=severity) for severity in ("P3", "P1", "P2", "P1", "P3")]
    as_user(rui).post(f"{URL}/{made[1].pk}/comments", {"body": "x"})

    found = numbers(as_user(rui).get(f"{URL}?ordering={ordering}"))

    assert found == orders(made)[ordering]


def test_a_viewer_may_list_and_a_stranger_may_not(as_user, vera, some):
    assert len(numbers(as_user(vera, scope="read").get(URL))) == 9
    assert as_user().get(URL).status_code == 401


def test_head_is_answered_like_get(as_user, rui, some):
    head = as_user(rui).call("HEAD", URL)

    assert head.status_code == 200
    assert head["Content-Length"] == str(len(as_user(rui).get(URL).content))
