"""A form acts once for its key, with JavaScript and without, by one tap or by ten."""

from functools import partial

import pytest
from django.urls import reverse

from core import form_keys
from core.models import IdempotencyKey
from incidents.models import Incident, IncidentEvent
from incidents.tests.conftest import at_once

NEW = {"title": "Disk full", "severity": "P1", "description": "", "assignee": ""}


@pytest.fixture
def comments(incident):
    return reverse("console:comment", args=[incident.pk])


def count_comments():
    return IncidentEvent.objects.filter(type="COMMENTED").count()


def test_a_double_tap_makes_one_incident(browser_of, rui):
    form = {**NEW, form_keys.FIELD: "k-1"}
    answers = [browser_of(rui).post("/incidents/new", form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0]["Location"] == answers[1]["Location"] == f"/incidents/{Incident.objects.get().pk}"


def test_a_double_tap_makes_one_comment(browser_of, rui, comments):
    form = {"body": "Looking", form_keys.FIELD: "k-1"}
    answers = [browser_of(rui).post(comments, form) for _ in range(2)]

    assert answers[0]["Location"] == answers[1]["Location"]
    assert count_comments() == 1


def test_a_page_made_anew_has_a_key_of_its_own(browser_of, rui, incident):
    browser, path = browser_of(rui), reverse("console:incident", args=[incident.pk])

    assert browser.get(path).context["comment_form"].key != browser.get(path).context["comment_form"].key


def test_the_same_key_with_other_text_is_asked_about_and_the_text_kept(browser_of, rui, comments):
    browser = browser_of(rui)
    browser.post(comments, {"body": "Looking", form_keys.FIELD: "k-1"})
    answer = browser.post(comments, {"body": "Found it", form_keys.FIELD: "k-1"})
    form = answer.context["comment_form"]
    again = browser.post(comments, {"body": form.typed, form_keys.FIELD: form.key})

    assert (answer.status_code, form.typed, form.key != "k-1") == (409, "Found it", True)
    assert "already" in form.errors["body"][0]
    assert (again.status_code, count_comments()) == (303, 2)


def test_a_form_that_was_refused_keeps_its_key_and_leaves_it_free(browser_of, rui, comments):
    browser = browser_of(rui)
    refused = browser.post(comments, {"body": "", form_keys.FIELD: "k-1"})
    mended = browser.post(comments, {"body": "Looking", form_keys.FIELD: "k-1"})

    assert (refused.status_code, refused.context["comment_form"].key) == (400, "k-1")
    assert (mended.status_code, count_comments()) == (303, 1)


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 256, "a\0"])
def test_a_form_without_a_sound_key_is_refused_and_its_text_kept(browser_of, rui, comments, key):
    answer = browser_of(rui).post(comments, {"body": "Looking", form_keys.FIELD: key})

    assert (answer.status_code, count_comments()) == (400, 0)
    assert answer.context["comment_form"].typed == "Looking"


def test_keys_belong_to_the_person(browser_of, rui, ada, comments):
    for person in (rui, ada):
        browser_of(person).post(comments, {"body": "Looking", form_keys.FIELD: "k-1"})

    assert count_comments() == 2


def test_the_key_goes_when_the_comment_does(browser_of, rui, incident):
    """One transaction: a refusal from within leaves neither."""
    gone = reverse("console:comment", args=["00000000-0000-7000-8000-000000000000"])
    answer = browser_of(rui).post(gone, {"body": "Looking", form_keys.FIELD: "k-1"})

    assert (answer.status_code, IdempotencyKey.objects.count()) == (404, 0)


def test_a_key_of_the_api_is_not_a_page_s(browser_of, as_user, rui, comments):
    as_user(rui).post("/v1/incidents", {"title": "t", "severity": "P1"}, Idempotency_Key="k-1")
    answer = browser_of(rui).post(comments, {"body": "Looking", form_keys.FIELD: "k-1"})

    assert (answer.status_code, count_comments()) == (409, 0)


def test_the_browser_is_told_which_form_has_arrived(browser_of, rui, comments):
    answer = browser_of(rui).post(comments, {"body": "Looking", form_keys.FIELD: "k-1"})

    assert answer.cookies["sent"].value == "k-1"


@pytest.mark.django_db(transaction=True)
def test_of_ten_taps_at_once_one_comments(browser_of, rui, comments):
    browsers = [browser_of(rui) for _ in range(10)]
    form = {"body": "Looking", form_keys.FIELD: "k-1"}
    answers = at_once(*(partial(browser.post, comments, form) for browser in browsers))

    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(303, answers[0]["Location"])}
    assert count_comments() == 1
