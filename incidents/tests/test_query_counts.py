"""How many queries an answer costs: stated exactly, and the same for one row and for five."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents import services

URL = "/v1/incidents"


@pytest.fixture
def count(as_user, rui):
    """`count(path)`: the queries of a GET, without those that find out who calls."""
    api = as_user(rui)

    def run(path, **headers):
        with CaptureQueriesContext(connection) as queries:
            response = api.get(path, **headers)
        assert response.status_code in (200, 304)
        return len([query for query in queries if "users_api_token" not in query["sql"]])

    return run


@pytest.fixture
def fill(opened, rui, ada):
    """`fill(n)`: n incidents with creator, assignee, and a comment each."""

    def make(number):
        made = [opened(title=f"disk {n}", assignee=ada, severity=f"P{n % 3 + 1}") for n in range(number)]
        for incident in made:
            services.comment(incident.pk, body="disk", actor=ada)
        return made

    return make


LISTS = {
    "": 1,
    "?ordering=created_at": 1,
    "?ordering=-updated_at": 1,
    "?ordering=severity": 3,  # one for each severity, until the page is full
    "?ordering=severity&severity=P1,P2": 3,
    "?status=OPEN,ACK&severity=P1,P2&assignee=none&created_by=me": 1,
    "?created_after=2026-01-01T00:00:00Z&created_before=2036-01-01T00:00:00Z": 1,
    "?q=disk": 3,  # what the words are, whether they are common, and the page
    "?q=disk&ordering=relevance": 5,  # what they are once more, and the ranks
    "?q=nothing": 3,
    "?q=nothing&ordering=relevance": 4,
}


@pytest.mark.parametrize("query", LISTS)
@pytest.mark.parametrize("rows", [1, 5])
def test_a_list_costs_the_same_for_one_row_and_for_five(count, fill, query, rows):
    fill(rows)

    assert count(URL + query) == LISTS[query]


@pytest.mark.parametrize("ordering", ["created_at", "-created_at", "-updated_at", "severity", "relevance"])
def test_a_later_page_costs_no_more_than_the_first(count, fill, as_user, rui, ordering):
    fill(9)
    path = f"{URL}?q=disk&limit=4&ordering={ordering}"
    first = as_user(rui).get(path).json()

    assert count(first["next"]) <= count(path)


@pytest.mark.parametrize("events", [1, 5])
def test_the_log_costs_two_queries(count, fill, rui, events):
    (incident,) = fill(1)
    for _ in range(events):
        services.comment(incident.pk, body="x", actor=rui)

    assert count(f"{URL}/{incident.pk}/events") == 2  # that there is such an incident, and its events


@pytest.mark.parametrize("events", [1, 5])
def test_the_detail_costs_one_query_from_the_cache_and_four_without(fill, as_user, rui, events):
    (incident,) = fill(1)
    for _ in range(events):
        services.comment(incident.pk, body="x", actor=rui)
    api, path = as_user(rui), f"{URL}/{incident.pk}"
    api.get(f"{URL}/{uuid.uuid4()}")  # the token's use is noted

    with CaptureQueriesContext(connection) as missed:
        api.get(path)
    with CaptureQueriesContext(connection) as hit:
        api.get(path)

    assert (len(missed), len(hit)) == (4, 1)  # the short way, the caller, the version, the whole


def test_a_304_costs_one_query(count, fill, as_user, rui):
    (incident,) = fill(1)
    path = f"{URL}/{incident.pk}"
    etag = as_user(rui).get(path)["ETag"]

    assert count(path, If_None_Match=etag) == 1
