"""ordering=relevance: the newest 1,000 hits, best first, fixed when page one was made."""

import itertools
from datetime import timedelta

import pytest
from django.db import connection

from incidents import services
from incidents.models import Incident
from incidents.tests.conftest import pages, results

URL = "/v1/incidents?q=disk&ordering=relevance"


def titles(response):
    return [row["title"] for row in results(response)]


def test_a_hit_in_the_title_comes_before_one_in_the_description_and_comments_come_last(as_user, rui, opened):
    services.comment(opened(title="by a comment").pk, body="disk", actor=rui)
    opened(title="by its description", description="disk")
    opened(title="disk")
    opened(title="disk disk disk")
    opened(title="none")

    found = titles(as_user(rui).get(URL))

    assert found == ["disk disk disk", "disk", "by its description", "by a comment"]


def test_hits_that_rank_alike_come_newest_first(as_user, rui, opened):
    for number in range(5):
        opened(title=f"disk {number}")

    assert titles(as_user(rui).get(URL)) == [f"disk {number}" for number in (4, 3, 2, 1, 0)]


def test_no_hits_are_an_empty_page(as_user, rui, opened):
    opened(title="memory")

    assert as_user(rui).get(URL).json() == {"results": [], "next": None, "previous": None}
    assert as_user(rui).get(URL.replace("disk", "!!!")).json()["results"] == []


def test_filters_choose_before_the_ranking(as_user, rui, opened):
    opened(title="disk disk", severity="P3")
    opened(title="disk", severity="P1")

    assert titles(as_user(rui).get(f"{URL}&severity=P1")) == ["disk"]


FLOOD = """
INSERT INTO incidents_incident (id, title, severity, created_at)
SELECT gen_random_uuid(), CASE mod(n, 7) WHEN 0 THEN 'disk disk' ELSE 'disk' END, 'P1',
       now() - least(n, 801) * interval '1 second'
FROM generate_series(1, 1250) n
"""


@pytest.fixture
def flood(db):
    """1,250 hits, some better than others; the oldest 450 are of one moment, the thousandth-newest among them."""
    with connection.cursor() as cursor:
        cursor.execute(FLOOD)


def test_exactly_the_newest_1000_hits_are_ranked(as_user, rui, flood):
    newest = Incident.objects.order_by("-created_at", "-id").values_list("pk", "title")[:1000]
    best = [str(pk) for pk, title in newest if title == "disk disk"]
    rest = [str(pk) for pk, title in newest if title == "disk"]

    found = [row["id"] for row in itertools.chain(*pages(as_user(rui), f"{URL}&limit=100"))]

    assert found == best + rest


def test_the_way_back_through_1000_hits_is_the_way_there(as_user, rui, flood):
    api, link, there = as_user(rui), f"{URL}&limit=90", []
    while link:
        answer = api.get(link).json()
        there.append(answer["results"])
        last, link = link, answer["next"]

    back = list(pages(api, last, direction="previous"))

    assert len(there) == 12
    assert list(itertools.chain(*back[::-1])) == list(itertools.chain(*there))


def test_hits_that_come_meanwhile_are_not_among_them(as_user, rui, opened):
    for number in range(6):
        opened(title=f"disk {number}")
    first = as_user(rui).get(f"{URL}&limit=2").json()
    opened(title="disk disk disk")

    rest = itertools.chain(*pages(as_user(rui), first["next"]))

    assert [row["title"] for row in rest] == ["disk 3", "disk 2", "disk 1", "disk 0"]


def test_a_hit_that_goes_meanwhile_leaves_no_gap(as_user, rui, opened):
    made = [opened(title=f"disk {number}") for number in range(8)]
    first = as_user(rui).get(f"{URL}&limit=3").json()
    services.delete_incident(made[7].pk, actor=None)

    rest = itertools.chain(*pages(as_user(rui), first["next"]))

    assert [row["title"] for row in rest] == ["disk 4", "disk 3", "disk 2", "disk 1", "disk 0"]


def test_a_hit_that_rises_meanwhile_makes_no_other_come_twice(as_user, rui, opened):
    made = [opened(title=f"disk {number}") for number in range(8)]
    first = as_user(rui).get(f"{URL}&limit=3").json()
    services.edit_incident(made[1].pk, title="disk disk", actor=rui)

    rest = itertools.chain(*pages(as_user(rui), first["next"]))

    assert [row["title"] for row in rest] == ["disk 4", "disk 3", "disk 2", "disk 0"]


def test_a_row_that_committed_late_shifts_nothing(as_user, rui, opened):
    made = [opened(title=f"disk {number}") for number in range(6)]
    first = as_user(rui).get(f"{URL}&limit=2").json()
    middle = Incident.objects.get(pk=made[4].pk).created_at
    Incident.objects.create(title="disk late", severity="P1", created_at=middle + timedelta(microseconds=1))

    rest = itertools.chain(*pages(as_user(rui), first["next"]))

    assert [row["title"] for row in rest] == ["disk 3", "disk 2", "disk 1", "disk 0"]
