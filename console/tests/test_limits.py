"""Budgets in the console: pages that post, the page of who is near a limit, and limits of single people and tokens."""

import html
import re

import pytest
from django.core.cache import cache

from core import form_keys
from incidents.models import Incident
from users import tokens
from users.models import AuditEntry, User


@pytest.fixture
def small(settings):
    """Windows whose edge no test will meet."""
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, (2, 86400, 0))


def fill_in(browser, **typed):
    form = {"title": "Disk full", "severity": "P1", "idempotency_key": form_keys.new(), **typed}
    return form, browser.post("/incidents/new", form)


def kept(page: str) -> dict[str, str]:
    """What the form of a page would send."""
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    written = re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\n([^<]*)</textarea>', page)
    return {name: html.unescape(value) for name, value in [*hidden, *written] if name != "csrfmiddlewaretoken"}


def test_a_page_over_the_limit_says_so_and_keeps_what_was_typed(browser_of, rui, small, settings):
    browser = browser_of(rui)
    made = [fill_in(browser)[1].status_code for _ in range(2)]
    form, refused = fill_in(browser, title="Three <b>", description='First "line"\n\n  second & last')

    assert (made, refused.status_code) == ([303, 303], 429)
    assert 0 < int(refused["Retry-After"]) <= 86_400
    assert f"in {refused['Retry-After']} second" in refused.text
    assert kept(refused.text) == form
    settings.RATE_LIMITS_ENABLED = False
    assert browser.post("/incidents/new", kept(refused.text)).status_code == 303
    assert Incident.objects.get(title="Three <b>").description == form["description"]


def test_pages_and_the_api_spend_one_budget(browser_of, as_user, rui, small):
    fill_in(browser_of(rui))

    statuses = [as_user(rui).post("/v1/incidents", {"title": "t", "severity": "P1"}).status_code for _ in range(2)]

    assert statuses == [201, 429]


def test_a_preview_spends_nothing_and_passwords_are_not_shown_again(browser_of, rui, small):
    browser = browser_of(rui)
    previews = [browser.post("/preview", {"body": "b"}).status_code for _ in range(3)]
    for _ in range(3):
        answer = browser.post("/security/password", {"current": "wrong one", "password": "a long new sentence"})

    assert (previews, answer.status_code) == ([200] * 3, 429)
    assert "wrong one" not in answer.text
    assert "a long new sentence" not in answer.text


def test_who_is_near_a_limit_or_over_it_is_shown_and_can_be_given_more(browser_of, as_user, ada, rui, small):
    for _ in range(3):
        as_user(rui).post("/v1/incidents", {"title": "t", "severity": "P1"})
    browser = browser_of(ada)
    page = browser.get("/limits").text
    raised = browser.post(f"/limits/user/{rui.pk}", {"writes": "500", "reads": ""})

    assert f'href="/limits/user/{rui.pk}"' in page
    assert "3 of 2" in page
    assert raised["Location"] == "/limits"
    assert User.objects.get(pk=rui.pk).quotas == {"writes": 500}
    assert "0 of 500" in browser.get("/limits").text
    assert as_user(rui).post("/v1/incidents", {"title": "t", "severity": "P1"}).status_code == 201


def test_a_token_is_given_a_limit_and_loses_it(browser_of, ada, rui):
    token, _ = tokens.issue_token(rui, name="deploys", scope="write", actor=rui)
    browser, path = browser_of(ada), f"/limits/token/{token.pk}"
    browser.post(path, {"exports": "20"})
    shown = browser.get("/limits").text
    browser.post(path, {"exports": ""})

    changes = AuditEntry.objects.filter(target_id=token.pk, action="quotas.changed")
    assert "exports 20" in shown
    assert {(str(each.before), str(each.after)) for each in changes} == {
        ("{}", "{'exports': 20}"),
        ("{'exports': 20}", "{}"),
    }
    assert "changed limits" in browser.get("/audit").text


@pytest.mark.parametrize("wrong", ["0", "-1", "many", "1.5", "1000001", "٣", "9" * 5000])
def test_a_limit_that_is_none_is_refused_beside_its_field(browser_of, ada, rui, wrong):
    response = browser_of(ada).post(f"/limits/user/{rui.pk}", {"writes": "7", "search": wrong})

    assert response.status_code == 400
    assert 'id="error-search"' in response.text
    assert f'value="{wrong}"' in response.text
    assert User.objects.get(pk=rui.pk).quotas is None


def test_the_page_says_when_nothing_is_counted(browser_of, ada, settings):
    settings.RATE_LIMITS_ENABLED = False
    off = browser_of(ada).get("/limits").text
    settings.CACHES = settings.CACHES | {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}
    away = browser_of(ada).get("/limits")

    assert "switched off" in off
    assert (away.status_code, "Redis is away" in away.text) == (200, True)


def test_of_callers_without_an_end_the_latest_are_remembered(browser_of, ada, settings, django_assert_max_num_queries):
    redis = cache.client.get_client()
    redis.zadd("limits:refused", {f"reads|ip:192.0.2.{n}": 4e9 + n for n in range(150)} | {"made up|else": 5e9})
    browser = browser_of(ada)
    with django_assert_max_num_queries(8):
        page = browser.get("/limits").text

    assert page.count("<code>192.0.2.") == 99
    assert "<code>192.0.2.149</code>" in page
