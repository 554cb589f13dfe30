"""`highlight=true`: where the words of a search stand."""

import pytest

from incidents import services
from incidents.tests.conftest import named

URL = "/v1/incidents"


@pytest.fixture
def highlights(as_user, rui):
    """`highlights(q, incident)`: what is told of this one."""
    api = as_user(rui)
    return lambda q, incident: api.get(f"{URL}?q={q}&highlight=true").json()["highlights"][str(incident.pk)]


def test_each_text_is_told_in_which_the_words_stand(highlights, opened, rui):
    incident = opened(title="Disk full", description="No room. " * 100 + "The disk of db-7. " + "More. " * 100)
    services.comment(incident.pk, body="nothing", actor=rui)

    told = highlights("disk", incident)

    assert told["title"] == "<mark>Disk</mark> full"
    assert "The <mark>disk</mark> of" in told["description"]
    assert len(told["description"]) < 300
    assert list(told) == ["title", "description"]


def test_of_comments_the_newest_that_says_so(highlights, opened, rui):
    incident = opened(title="memory")
    for body in ("a disk", "the disk", "nothing"):
        services.comment(incident.pk, body=body, actor=rui)

    assert highlights("disk", incident) == {"comment": "the <mark>disk</mark>"}


@pytest.mark.parametrize(
    "text", ["<script>x</script> disk", "a & b < disk", "\x02disk\x03 \x1a \x03\x02", "</b disk <"]
)
def test_everything_but_the_marks_is_escaped(highlights, opened, text):
    told = highlights("disk", opened(title=text))["title"]

    assert told.count("<") == told.count(">") == 2
    assert "<mark>disk</mark>" in told


def test_phrases_compounds_and_beginnings_are_marked(highlights, opened):
    incident = opened(title="disk full on host-4711")

    assert highlights('"disk full"', incident)["title"].startswith("<mark>disk</mark> <mark>full</mark>")
    assert "<mark>-4711</mark>" in highlights("host-4711", incident)["title"]
    assert "<mark>-4711</mark>" in highlights("host-47*", incident)["title"]


def test_the_form_of_the_list_is_the_same_without_it(as_user, rui, opened):
    opened(title="disk")
    api = as_user(rui)

    assert list(api.get(f"{URL}?q=disk").json()) == ["results", "next", "previous"]
    assert list(api.get(f"{URL}?q=disk&highlight=false").json()) == ["results", "next", "previous"]
    assert named(api.get(f"{URL}?q=disk&highlight=yes"), "highlight")
    assert named(api.get(f"{URL}?highlight=yes"), "highlight")


def test_without_words_there_is_nothing_to_mark_or_to_mend(as_user, rui, opened):
    opened(title="disk")

    answer = as_user(rui).get(f"{URL}?q=severity:p1,p2,p3&highlight=true&typos=true").json()

    assert (len(answer["results"]), answer["highlights"]) == (1, {})
    assert "searched_for" not in answer


def test_the_pages_of_the_best_matches_have_them_too(as_user, rui, opened):
    for number in range(3):
        opened(title=f"disk {number}")
    api = as_user(rui)

    first = api.get(f"{URL}?q=disk&highlight=true&ordering=relevance&limit=2").json()

    assert len(first["highlights"]) == 2
    assert len(api.get(first["next"]).json()["highlights"]) == 1
