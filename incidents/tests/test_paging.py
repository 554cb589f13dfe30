"""Pages of the list: complete, without gap or repeat, in both directions, whatever happens meanwhile."""

import itertools

import pytest
from django.db.models.functions import Now

from incidents import services
from incidents.models import Incident
from incidents.tests.conftest import numbers, pages, results

URL = "/v1/incidents"
ORDERINGS = ["created_at", "-created_at", "-updated_at", "severity"]


@pytest.fixture
def many(opened):
    """23 incidents of mixed severities; seven of them of one moment, as an import leaves them."""
    one_moment = [
        Incident(title="Disk full", severity=f"P{n % 3 + 1}", created_at=Now(), updated_at=Now()) for n in range(7)
    ]
    mixed = [opened(severity=f"P{n % 3 + 1}").number for n in range(8)]
    Incident.objects.bulk_create(one_moment)
    mixed += [opened(severity=f"P{n % 2 + 1}").number for n in range(8)]
    assert Incident.objects.values("created_at").distinct().count() == 17
    return mixed


@pytest.fixture(params=[*ORDERINGS, "relevance"])
def path(request):
    return f"{URL}?ordering={request.param}" + ("&q=disk" if request.param == "relevance" else "")


@pytest.mark.parametrize("limit", [1, 4, 22, 23, 24, 100])
def test_the_pages_are_the_whole_list_in_its_order(as_user, rui, many, path, limit):
    api = as_user(rui)
    whole = numbers(api.get(f"{path}&limit=100"))

    found = [[row["number"] for row in page] for page in pages(api, f"{path}&limit={limit}")]

    assert list(itertools.chain(*found)) == whole
    assert len(set(whole)) == 23
    assert {len(page) for page in found[:-1]} <= {limit}


@pytest.mark.parametrize("limit", [1, 4, 22])
def test_the_way_back_is_the_way_there(as_user, rui, many, path, limit):
    api = as_user(rui)
    there, link = [], f"{path}&limit={limit}"
    while link:
        answer = api.get(link)
        there.append(numbers(answer))
        last, link = link, answer.json()["next"]

    back = [[row["number"] for row in page] for page in pages(api, last, direction="previous")]

    assert list(itertools.chain(*back[::-1])) == list(itertools.chain(*there))
    assert back[0] == there[-1]


def test_there_and_back_between_two_pages_is_steady(as_user, rui, many, path):
    api = as_user(rui)
    first = api.get(f"{path}&limit=5").json()
    second = api.get(first["next"]).json()

    again = api.get(second["previous"]).json()

    assert again["results"] == first["results"]
    assert again["previous"] is None
    assert api.get(again["next"]).json()["results"] == second["results"]


@pytest.mark.parametrize(
    "query", ["status=OPEN&severity=P1,P2", "created_by=me", "q=disk&severity=P1", "assignee=none"]
)
@pytest.mark.parametrize("ordering", ORDERINGS)
def test_pages_keep_their_filters_and_limit(as_user, rui, many, query, ordering):
    api, path = as_user(rui), f"{URL}?{query}&ordering={ordering}"
    whole = results(api.get(f"{path}&limit=100"))

    found = list(pages(api, f"{path}&limit=3"))

    assert list(itertools.chain(*found)) == whole
    assert {len(page) for page in found[:-1]} == {3}


def test_the_default_limit_is_25_and_the_greatest_is_100(as_user, rui, opened):
    Incident.objects.bulk_create([Incident(title="x", severity="P1", created_by=rui) for _ in range(103)])
    api = as_user(rui)

    assert len(numbers(api.get(URL))) == 25
    assert len(numbers(api.get(f"{URL}?limit=100"))) == 100
    assert len(numbers(api.get(f"{URL}?limit=001"))) == 1


def test_the_limit_may_change_between_pages(as_user, rui, many):
    api = as_user(rui)
    whole = numbers(api.get(f"{URL}?limit=100"))
    link = api.get(f"{URL}?limit=5").json()["next"]

    assert numbers(api.get(link.replace("limit=5", "limit=7"))) == whole[5:12]


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_rows_that_come_meanwhile_leave_neither_gap_nor_repeat(as_user, rui, many, opened, ordering):
    api, path = as_user(rui), f"{URL}?ordering={ordering}"
    there = numbers(api.get(f"{path}&limit=100"))
    found, link = [], f"{path}&limit=4"

    while link:
        answer = api.get(link)
        found += numbers(answer)
        opened(severity="P1")
        opened(severity="P3")
        link = answer.json()["next"] if len(found) < 60 else None

    assert len(found) == len(set(found))
    assert [number for number in found if number in there] == there


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_rows_that_go_meanwhile_leave_no_gap(as_user, rui, many, ordering):
    api, path = as_user(rui), f"{URL}?ordering={ordering}"
    there = numbers(api.get(f"{path}&limit=100"))
    first = api.get(f"{path}&limit=4")
    gone = {there[1], there[3], there[4], there[9]}
    for incident in Incident.objects.filter(number__in=gone):
        services.delete_incident(incident.pk, actor=None)

    rest = itertools.chain(*pages(api, first.json()["next"]))

    assert [row["number"] for row in rest] == [number for number in there[4:] if number not in gone]


def test_a_row_that_changes_meanwhile_may_come_again_but_none_is_left_out(as_user, rui, many):
    api, path = as_user(rui), f"{URL}?ordering=-updated_at"
    there = numbers(api.get(f"{path}&limit=100"))
    first = api.get(f"{path}&limit=4")
    services.comment(Incident.objects.get(number=there[10]).pk, body="x", actor=rui)

    rest = [row["number"] for row in itertools.chain(*pages(api, first.json()["next"]))]

    assert rest == [number for number in there[4:] if number != there[10]]
    assert numbers(api.get(path))[0] == there[10]


def test_a_page_after_everything_was_deleted_is_empty(as_user, rui, many, path):
    api = as_user(rui)
    link = api.get(f"{path}&limit=4").json()["next"]
    Incident.objects.all().delete()

    answer = api.get(link).json()

    assert answer["results"] == []
    assert answer["next"] is None
