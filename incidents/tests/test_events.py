"""GET /v1/incidents/{id}/events: the whole audit log of one incident, oldest first, in pages."""

import itertools

import pytest

from incidents import services
from incidents.tests.conftest import named, pages, results


@pytest.fixture
def url(incident):
    return f"/v1/incidents/{incident.pk}/events"


@pytest.fixture
def busy(incident, opened, rui):
    """Ten comments on the incident, and as many on another in between."""
    other = opened()
    for number in range(10):
        services.comment(incident.pk, body=str(number), actor=rui)
        services.comment(other.pk, body="other", actor=rui)
    return incident


def test_an_event_is_what_the_contract_says(as_user, rui, incident, url):
    as_user(rui).patch(f"/v1/incidents/{incident.pk}/status", {"status": "ACK", "note": "on it"}, X_Request_ID="r-1")

    created, changed = results(as_user(rui).get(url))

    assert set(changed) == {"id", "sequence", "type", "actor", "data", "request_id", "created_at"}
    assert changed["data"] == {"from": "OPEN", "to": "ACK", "note": "on it"}
    assert changed["actor"] == {"id": str(rui.pk), "name": "Rui", "email": "rui@example.com"}
    assert changed["request_id"] == "r-1"
    assert created["data"] == {"title": "Disk full on db-7", "severity": "P1"}
    assert created["sequence"] < changed["sequence"]


def test_the_log_holds_its_own_events_alone_oldest_first(as_user, rui, busy, url):
    rows = results(as_user(rui).get(url))

    assert [row["data"].get("body") for row in rows] == [None, *"0123456789"]
    assert [row["sequence"] for row in rows] == sorted(row["sequence"] for row in rows)


def test_events_look_as_they_do_in_the_detail(as_user, rui, busy, url):
    detail = as_user(rui).get(f"/v1/incidents/{busy.pk}").json()

    assert as_user(rui).get(detail["events_url"]).json()["results"] == detail["events"]


def test_the_log_is_longer_than_what_the_detail_shows(as_user, rui, incident, url):
    for number in range(205):
        services.comment(incident.pk, body=str(number), actor=rui)

    rows = list(itertools.chain(*pages(as_user(rui), f"{url}?limit=100")))

    assert [row["data"].get("body") for row in rows] == [None, *map(str, range(205))]


@pytest.mark.parametrize("limit", [1, 3, 10, 11, 12])
def test_pages_are_the_whole_log_there_and_back(as_user, rui, busy, url, limit):
    api = as_user(rui)
    whole, there, link = results(api.get(url)), [], f"{url}?limit={limit}"

    while link:
        answer = api.get(link).json()
        there.append(answer["results"])
        last, link = link, answer["next"]
    back = list(pages(api, last, direction="previous"))

    assert list(itertools.chain(*there)) == whole
    assert list(itertools.chain(*back[::-1])) == whole


def test_events_that_come_meanwhile_come_on_a_later_page(as_user, rui, busy, url):
    api = as_user(rui)
    first = api.get(f"{url}?limit=8").json()
    services.comment(busy.pk, body="new", actor=rui)

    rest = list(itertools.chain(*pages(api, first["next"])))

    assert [row["data"]["body"] for row in rest] == ["7", "8", "9", "new"]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "type=CREATED", "ordering=created_at", "q=x"])
def test_a_parameter_that_does_not_fit_is_named(as_user, rui, url, query):
    assert named(as_user(rui).get(f"{url}?{query}"), query.partition("=")[0])


def test_a_viewer_may_read_the_log_and_nobody_may_write_it(as_user, vera, ada, url):
    assert as_user(vera, scope="read").get(url).status_code == 200

    for method in ("POST", "PUT", "PATCH", "DELETE"):
        response = as_user(ada).call(method, url, {})
        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, OPTIONS")
