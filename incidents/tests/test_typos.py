"""What a search does when its words match nothing at all."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from core.clock import now
from incidents import services, vocabulary
from incidents.models import Incident, Word
from incidents.tests.conftest import results

URL = "/v1/incidents"


@pytest.fixture
def learnt(opened, rui):
    """`learnt(title="…")`: opened a while ago, and read by the worker since."""

    def make(comment="", **fields):
        incident = opened(**fields)
        if comment:
            services.comment(incident.pk, body=comment, actor=rui)
        ago = now() - timedelta(minutes=1)
        Incident.objects.filter(pk=incident.pk).update(updated_at=ago, version=9)
        vocabulary.learn()
        return incident

    return make


@pytest.fixture
def find(as_user, rui):
    """`find(q)`: the titles, and what was searched for instead."""
    api = as_user(rui)

    def search(q):
        answer = api.get(f"{URL}?typos=true&q={q}")
        return [row["title"] for row in results(answer)], answer.json().get("searched_for")

    return search


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("chekout", "checkout"),
        ("Chekcout", "checkout"),
        ("checkoutt", "checkout"),
        ("dsik", "disk"),
        ("paymnet", "payment"),
        ("paymnet dsik", "payment disk"),
        ("paymnet -memory", "payment -memory"),
        ("nothing or chekout", "nothing or checkout"),
        ("pagging", "paging"),
    ],
)
def test_the_nearest_words_are_taken_where_nothing_matches(find, learnt, typed, meant):
    learnt(title="Checkout: payment by disk", description="", comment="is paging")

    assert find(typed) == (["Checkout: payment by disk"], meant)


@pytest.mark.parametrize("typed", ["checkin", "chk", "host-4712", '"chekout"', "zzzzzz", "diks0", "!!!", "-chekout"])
def test_what_is_not_near_stays_as_it_is(find, learnt, typed):
    learnt(title="Checkout disk host-4711")

    found, searched_for = find(typed)

    assert searched_for is None
    assert found == ([] if not typed.startswith("-") else ["Checkout disk host-4711"])


def test_nothing_is_corrected_that_matches_or_is_not_asked_for(find, as_user, rui, learnt):
    learnt(title="checkout", severity="P1")
    learnt(title="chekout", severity="P2")

    assert find("chekout") == (["chekout"], None)
    assert find("chekout severity:P1") == ([], None)
    assert results(as_user(rui).get(f"{URL}?q=checkuot")) == []


def test_a_word_of_which_nothing_is_left_is_not_proposed(find, learnt, ada):
    services.delete_incident(learnt(title="checkout").pk, actor=ada)

    assert find("chekout") == ([], None)


def test_pages_of_the_nearest_follow_each_other(as_user, rui, learnt):
    for number in range(3):
        learnt(title=f"checkout {number}")
    api = as_user(rui)

    first = api.get(f"{URL}?q=chekout&typos=true&limit=2").json()
    second = api.get(first["next"]).json()

    assert [row["title"] for row in first["results"] + second["results"]] == ["checkout 2", "checkout 1", "checkout 0"]
    assert second["searched_for"] == "checkout"


def test_the_console_says_what_it_shows(learnt, rui):
    learnt(title="checkout")
    browser = Client()
    browser.force_login(rui)

    page = browser.get("/incidents", {"q": "chekout"}).content.decode()

    assert "<mark>checkout</mark>" in page
    assert "Nothing matches these words. Shown is what matches <bdi>checkout</bdi>." in page
    assert b"checkout" in browser.get("/incidents.csv", {"q": "chekout"}).getvalue()


def test_words_are_learnt_once_and_on(learnt):
    incident = learnt(title="Disk of db7 été", comment="naïve")
    assert set(Word.objects.values_list("pk", flat=True)) == {"disk", "naïve"}

    learnt(title="memory")
    services.comment(incident.pk, body="again", actor=None)
    assert vocabulary.learn() == 0  # it is too fresh: somebody older may still be to come
    Incident.objects.filter(pk=incident.pk).update(updated_at=now() - timedelta(seconds=40), version=19)
    assert vocabulary.learn() == 1
    assert set(Word.objects.values_list("pk", flat=True)) == {"disk", "naïve", "memory", "again"}


def test_without_the_extension_searches_forgive_less_and_never_fail(find, learnt):
    learnt(title="checkout disk")
    with connection.cursor() as cursor:
        cursor.execute("DROP EXTENSION pg_trgm CASCADE")

    assert find("dsik") == (["checkout disk"], "disk")
    assert find("chekout") == ([], None)
