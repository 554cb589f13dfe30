"""Which mails somebody gets: each for themselves in the profile, administrators for who has chosen nothing."""

import pytest

from notifications import preferences
from tests.hostile_text import Skeleton
from users.models import AuditEntry

CHOICE = {"created_severities": ["P1", "P2"], "assigned_severities": [], "wants_summary": False}
FORM = {"created_severities": ["P1", "P2"]}


def ticked(html):
    return sorted(
        f"{attributes['name']}={attributes['value']}"
        for _, attributes in Skeleton(html).elements
        if attributes.get("type") == "checkbox" and "checked" in attributes and "name" in attributes
    )


def test_everybody_chooses_for_themselves(browser_of, vera, rui):
    before = browser_of(vera).get("/profile").text
    answer = browser_of(vera).post("/profile/mails", FORM)
    after = browser_of(vera).get("/profile").text

    assert "You have chosen nothing" in before
    assert "wants_summary=1" in ticked(before)
    assert answer["Location"] == "/profile#mails"
    assert preferences.of(vera) == CHOICE
    assert ticked(after) == ["created_severities=P1", "created_severities=P2"]
    assert preferences.of(rui) == preferences.BUILT_IN


def test_one_may_go_back_to_what_everybody_has(browser_of, vera):
    preferences.set_own(vera, **CHOICE)
    browser_of(vera).post("/profile/mails", {"do": "forget"})

    assert preferences.of(vera) == preferences.BUILT_IN


@pytest.mark.parametrize("path", ["/profile/mails", "/mails"])
def test_a_severity_that_is_none_is_refused_and_the_rest_kept(browser_of, ada, path):
    answer = browser_of(ada).post(path, {"created_severities": ["P1", "P9"], "assigned_severities": "P3"})

    assert (answer.status_code, 'id="error-created_severities"' in answer.text) == (400, True)
    assert ticked(answer.text) == ["assigned_severities=P3", "created_severities=P1"]
    assert preferences.of(ada) == preferences.BUILT_IN


def test_administrators_set_what_the_others_have(browser_of, ada, vera, rui):
    preferences.set_own(rui, wants_summary=True)
    answer = browser_of(ada).post("/mails", FORM)

    assert answer["Location"] == "/mails"
    assert preferences.of(vera) == CHOICE
    assert preferences.of(rui)["wants_summary"]
    assert ticked(browser_of(ada).get("/mails").text) == ["created_severities=P1", "created_severities=P2"]
    assert AuditEntry.objects.filter(action="mail_defaults.changed", actor=ada).count() == 1
    assert "changed which mails people get" in browser_of(ada).get("/audit").text


def test_the_profile_costs_few_queries(browser_of, vera, django_assert_max_num_queries):
    browser = browser_of(vera)

    with django_assert_max_num_queries(5):
        browser.get("/profile")
