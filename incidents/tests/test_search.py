"""`q`: full-text search over title, description and comments. How hits are ranked is in test_relevance.py."""

from urllib.parse import quote

import pytest
from django.db import connection

from incidents import services
from incidents.models import Incident
from incidents.tests.conftest import numbers, results

URL = "/v1/incidents"


@pytest.fixture
def find(as_user, rui):
    """`find(words)`: the titles that a search finds, newest first."""
    api = as_user(rui)

    def search(words, more=""):
        return [row["title"] for row in results(api.get(f"{URL}?q={quote(words)}{more}"))]

    return search


def test_words_are_found_in_title_description_and_comments(find, opened, rui):
    opened(title="Disk full")
    opened(title="second", description="the disk of db-7")
    third = opened(title="third")
    services.comment(third.pk, body="it was the DISK", actor=rui)
    opened(title="fourth")

    assert find("disk") == ["third", "second", "Disk full"]


def test_a_comment_that_matches_often_is_one_hit(find, opened, rui):
    incident = opened(title="Disk full", description="disk")
    for _ in range(3):
        services.comment(incident.pk, body="disk disk", actor=rui)

    assert find("disk") == ["Disk full"]


def test_other_events_are_not_searched(find, opened, rui):
    incident = opened(title="before")
    services.edit_incident(incident.pk, title="after", actor=rui)

    assert find("before") == []
    assert find("after") == ["after"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("disk", ["disk full on alpha", "full disk on beta"]),
        ("disk alpha", ["disk full on alpha"]),
        ("alpha disk", ["disk full on alpha"]),
        ('"disk full"', ["disk full on alpha"]),
        ('"full disk"', ["full disk on beta"]),
        ("alpha or beta", ["disk full on alpha", "full disk on beta"]),
        ("disk -alpha", ["full disk on beta"]),
        ('-"disk full" disk', ["full disk on beta"]),
        ("DISK", ["disk full on alpha", "full disk on beta"]),
        ("dis", []),
        ("disk gamma", []),
        ("gamma", ["memory on gamma"]),
    ],
)
def test_words_are_read_as_people_write_them(find, opened, words, found):
    for title in ("full disk on beta", "disk full on alpha", "memory on gamma"):
        opened(title=title)

    assert find(words) == found


@pytest.mark.parametrize(
    "words", ["'", '"', "&|!()<->:*", "a & | b", "\\", "%", "-", "- -", "or", "!!!", '"" ""', "😀", "a:*", ":A"]
)
def test_whatever_people_type_is_never_an_error(find, opened, words):
    opened(title="quiet")

    assert find(words) == []


def test_one_to_200_characters_count_after_trimming(find, opened):
    opened(title="x" * 200)

    assert find("  " + "x" * 200 + " \t\r\n") == ["x" * 200]
    assert find("é" * 200) == []


def test_letters_of_every_script_are_found(find, opened):
    for title in ("Überlauf", "磁盘 已满", "диск полон"):
        opened(title=title)

    assert find("überlauf") == ["Überlauf"]
    assert find("磁盘") == ["磁盘 已满"]
    assert find("ДИСК") == ["диск полон"]


def test_filters_hold_beside_the_words(find, opened, rui, ada):
    opened(title="disk one", severity="P1")
    opened(title="disk two", severity="P3", assignee=ada)
    opened(title="memory", severity="P1")

    assert find("disk", "&severity=P1") == ["disk one"]
    assert find("disk", f"&assignee={ada.pk}") == ["disk two"]
    assert find("disk", "&assignee=none&created_by=me&status=OPEN") == ["disk one"]
    assert find("disk", "&status=RESOLVED") == []


def test_every_ordering_goes_with_words(find, opened):
    for number, severity in enumerate(("P3", "P1", "P2", "P1")):
        opened(title=f"disk {number}", severity=severity)

    assert find("disk", "&ordering=created_at") == ["disk 0", "disk 1", "disk 2", "disk 3"]
    assert find("disk", "&ordering=severity") == ["disk 3", "disk 1", "disk 2", "disk 0"]
    assert find("disk", "&ordering=-updated_at") == ["disk 3", "disk 2", "disk 1", "disk 0"]


def test_an_edited_incident_is_found_by_what_it_says_today(find, opened, rui):
    incident = opened(title="disk", description="alpha")

    services.edit_incident(incident.pk, description="beta", actor=rui)

    assert find("alpha") == []
    assert find("beta") == ["disk"]


def test_a_text_of_the_greatest_size_is_searched_to_its_end(find, opened, rui):
    words = " ".join(f"word{number}" for number in range(1800))
    incident = opened(title="long", description=words)
    services.comment(incident.pk, body=words.replace("word", "said"), actor=rui)

    assert find("word1799") == find("said1799") == ["long"]


COMMON = """
INSERT INTO incidents_incident (id, title, severity, created_by_id)
SELECT gen_random_uuid(), 'disk ' || CASE mod(n, 1000) WHEN 5 THEN 'rare' ELSE n::text END, 'P' || mod(n, 3) + 1,
       CASE mod(n, 2) WHEN 1 THEN %s::uuid END
FROM generate_series(0, 10049) n
"""


@pytest.fixture
def common(rui, opened):
    """A word so common that the search walks the list: 10,050 titles hold it, and a comment of one more incident."""
    with connection.cursor() as cursor:
        cursor.execute(COMMON, [rui.pk])
    services.comment(opened(title="last").pk, body="disk, once more", actor=rui)


def test_a_common_word_is_found_like_a_rare_one(as_user, rui, common):
    api = as_user(rui)
    newest = [row.number for row in Incident.objects.order_by("-created_at", "-id")[:100]]
    p1 = [
        row.number for row in Incident.objects.filter(severity="P1", created_by=rui).order_by("created_at", "id")[:50]
    ]

    assert numbers(api.get(f"{URL}?q=disk&limit=100")) == newest
    assert numbers(api.get(f"{URL}?q=disk&severity=P1&created_by=me&ordering=created_at&limit=50")) == p1
    assert results(api.get(f"{URL}?q=disk"))[0]["title"] == "last"
    assert len(numbers(api.get(f"{URL}?q=disk rare"))) == 11


def test_a_hit_by_its_comment_alone_is_found_beside_common_words(as_user, rui, common):
    last = f"{URL}?q=disk&assignee=none&severity=P2&created_after={{}}&ordering={{}}"
    moment = results(as_user(rui).get(f"{URL}?q=disk&limit=1"))[0]["created_at"]

    for ordering in ("-created_at", "created_at", "-updated_at", "severity", "relevance"):
        assert [row["title"] for row in results(as_user(rui).get(last.format(moment, ordering)))] == ["last"]
