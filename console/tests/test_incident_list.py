"""The list: the API's filters in the address, pages by keyset, a fragment for htmx."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from core import clock
from incidents import lifecycle, services
from incidents.models import Incident


def opened(title: str, actor: Any, severity: str = "P2", **more: Any) -> Incident:
    return services.open_incident(title=title, severity=severity, actor=actor, **more)


def titles(response: Any) -> list[str]:
    return [incident.title for incident in response.context["listed"].incidents]


def test_the_newest_comes_first(browser: Client, rui: Any) -> None:
    for title in ("one", "two", "three"):
        opened(title, rui)

    assert titles(browser.get("/incidents")) == ["three", "two", "one"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=ACK", ["had"]),
        ("status=ACK&status=OPEN", ["had", "mine"]),
        ("severity=P1", ["mine"]),
        ("assignee=me", ["mine"]),
        ("assignee=none", ["had"]),
        ("created_by=me", ["had", "mine"]),
        ("q=had", ["had"]),
        ("q=&status=&severity=&assignee=&created_after=&created_before=&ordering=", ["had", "mine"]),
        ("ordering=severity", ["mine", "had"]),
        ("created_before=2001-01-01", []),
    ],
)
def test_the_filters_are_those_of_the_api(browser: Client, rui: Any, query: str, found: list[str]) -> None:
    opened("mine", rui, "P1", assignee=rui)
    lifecycle.change_status(opened("had", rui).pk, "ACK", actor=rui)

    assert titles(browser.get(f"/incidents?{query}")) == found


def test_a_search_may_be_ordered_by_relevance_in_pages(browser: Client, rui: Any) -> None:
    for title, description in (("disk", ""), ("disk disk", ""), ("other", "disk"), ("none", "")):
        opened(title, rui, description=description)

    first = browser.get("/incidents?q=disk&ordering=relevance&limit=2")
    second = browser.get(first.context["listed"].next)

    assert [titles(first), titles(second)] == [["disk disk", "disk"], ["other"]]
    assert titles(browser.get(second.context["listed"].previous)) == ["disk disk", "disk"]
    assert titles(browser.get("/incidents?q=&ordering=relevance"))[0] == "none"


def test_a_day_begins_in_the_zone_of_the_viewer(browser: Client, rui: Any) -> None:
    incident = opened("late", rui)
    Incident.objects.filter(pk=incident.pk).update(created_at="2026-03-01T23:30:00Z", version=2)
    rui.timezone = "Europe/Madrid"
    rui.save(update_fields=["timezone"])

    assert titles(browser.get("/incidents?created_after=2026-03-02")) == ["late"]
    assert titles(browser.get("/incidents?created_before=2026-03-02")) == []


@pytest.mark.parametrize("query", ["status=CLOSED", "assignee=x", "created_after=soon", "ordering=random", "cursor=x"])
def test_what_does_not_fit_is_named_on_the_page(browser: Client, query: str) -> None:
    response = browser.get(f"/incidents?{query}")

    assert response.status_code == 400
    assert list(response.context["errors"]) == [query.split("=")[0]]


def test_pages_follow_each_other_and_keep_the_filters(browser: Client, rui: Any) -> None:
    for number in range(5):
        opened(str(number), rui, "P1")
    opened("other", rui, "P3")

    first = browser.get("/incidents?severity=P1&limit=2")
    second = browser.get(first.context["listed"].next)
    again = browser.get(second.context["listed"].previous)

    assert [titles(first), titles(second), titles(again)] == [["4", "3"], ["2", "1"], ["4", "3"]]


def test_htmx_gets_the_list_alone(browser: Client, rui: Any) -> None:
    opened("one", rui)

    response = browser.get("/incidents?q=one", headers={"HX-Request": "true"})

    assert b"<html" not in response.content
    assert b"one" in response.content
    assert "HX-Request" in response["Vary"]


def test_a_list_of_many_takes_no_more_queries_than_one_of_few(
    browser: Client, rui: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(5):
        opened(f"disk {number}", rui, assignee=rui)

    with django_assert_max_num_queries(9):
        assert len(titles(browser.get("/incidents?q=disk"))) == 5


def test_nothing_found_says_how_to_go_on(browser: Client) -> None:
    assert "No incidents yet" in browser.get("/incidents").content.decode()
    assert "Clear all filters" in browser.get("/incidents?q=nothing").content.decode()


def test_a_title_is_text(browser: Client, rui: Any) -> None:
    opened('"><img src=x onerror=alert(1)>', rui)

    page = browser.get("/incidents").content.decode()

    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_ages_are_told_with_the_exact_time(browser: Client, rui: Any) -> None:
    incident = opened("old", rui)
    Incident.objects.filter(pk=incident.pk).update(created_at=clock.now() - timedelta(hours=3), version=2)

    assert ">3 h ago</time>" in browser.get("/incidents").content.decode()


def test_the_way_back_gets_the_whole_page(browser: Client) -> None:
    response = browser.get("/incidents", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})

    assert b"<html" in response.content
