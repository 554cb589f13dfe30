"""The dashboard: what needs somebody now."""

from typing import Any

import pytest
from django.test import Client

from console.dashboard import capped
from incidents import lifecycle, services, times
from incidents.models import Incident, Status


def opened(title: str, actor: Any, severity: str = "P1", to: str = "", **more: Any) -> Incident:
    incident = services.open_incident(title=title, severity=severity, actor=actor, **more)
    if to:
        lifecycle.change_status(incident.pk, Status(to), actor=actor)
    return incident


def part(browser: Client, name: str) -> list[str]:
    return [incident.title for incident in browser.get("/").context["parts"].get(name, [])]


def test_each_incident_stands_where_it_belongs(browser: Client, rui: Any, ada: Any) -> None:
    opened("urgent", rui)
    opened("less", rui, "P2", assignee=rui)
    opened("had", rui, "P3", "ACK", assignee=ada)
    opened("over", rui, "P1", "RESOLVED", assignee=rui)

    assert part(browser, "urgent") == ["urgent"]
    assert part(browser, "acknowledged") == ["had"]
    assert part(browser, "mine") == ["less"]
    assert part(browser, "resolved") == ["over"]


def test_a_comment_on_what_is_over_does_not_resolve_it_anew(browser: Client, rui: Any) -> None:
    first = opened("first", rui, to="RESOLVED")
    opened("second", rui, to="RESOLVED")
    services.comment(first.pk, body="later", actor=rui)

    assert part(browser, "resolved") == ["second", "first"]


def test_the_counts_are_by_severity_and_status(browser: Client, rui: Any) -> None:
    opened("a", rui)
    opened("b", rui, "P1", "ACK")
    opened("c", rui, "P3", "RESOLVED")

    rows = browser.get("/").context["counts"]

    assert [(row["severity"], row["open"], row["ack"]) for row in rows] == [
        ("P1", "1", "1"),
        ("P2", "0", "0"),
        ("P3", "0", "0"),
    ]


@pytest.mark.parametrize(("count", "shown"), [(0, "0"), (1000, "1,000"), (1001, "1,000+")])
def test_nobody_counts_beyond_a_thousand(count: int, shown: str) -> None:
    assert capped(count) == shown


def test_a_full_board_takes_eight_queries_at_most(
    browser: Client, rui: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        opened(str(number), rui, "P1", ("", "ACK", "RESOLVED")[number % 3], assignee=rui)

    with django_assert_max_num_queries(8):
        browser.get("/")


def test_a_calm_day_says_so(browser: Client) -> None:
    assert "No open P1" in browser.get("/").content.decode()


def test_days_that_are_not_counted_yet_are_said_to_be(browser: Client, monkeypatch: Any) -> None:
    opened("a", None)
    monkeypatch.setattr(times, "QUICK", 0)

    assert "28 days not counted yet" in browser.get("/").text
