"""/analytics: what became of the incidents of a period, and each table as a file."""

import csv
import io
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils.html import escape

from core import clock
from incidents import services
from incidents.analytics import breakdown, summary, tallies
from incidents.models import Incident

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TABLES = ("incidents", "acknowledge", "resolve", "hours", "assignees", "creators")


@pytest.fixture(autouse=True)
def noon(monkeypatch: Any) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def made(at: str, **fields: Any) -> Incident:
    moment = datetime.fromisoformat(at)
    return Incident.objects.create(
        **{"title": "t", "severity": "P2", "created_at": moment, "updated_at": moment} | fields
    )


def rows(response: Any) -> list[list[str]]:
    assert response.status_code == 200, response.content
    return list(csv.reader(io.StringIO(response.content.decode())))


def text_of(response: Any) -> str:
    assert response.status_code == 200
    return " ".join(re.sub(r"<title>.*?</title>|<[^>]*>", " ", response.content.decode()).split())


def test_a_period_without_incidents_says_so(browser_of: Any, vera: Any) -> None:
    assert "No incidents in this period" in text_of(browser_of(vera).get("/analytics"))


def test_the_page_shows_figures_beside_those_of_the_period_before(browser_of: Any, vera: Any, rui: Any) -> None:
    for day in ("2026-10-01", "2026-11-22", "2026-11-23", "2026-11-24"):
        made(f"{day}T10:00Z", created_by=rui)
    shown = text_of(browser_of(vera).get("/analytics"))

    assert "Incidents 3 200 % more than before (1)" in shown
    assert "Longest open now" in shown
    assert "Nov 2026 1 0 1 0 1" in shown


@pytest.mark.parametrize("is_tallied", [False, True])
def test_each_table_is_a_file_too(browser_of: Any, rui: Any, monkeypatch: Any, is_tallied: bool) -> None:
    made("2026-11-22T23:30Z", severity="P1", created_by=rui)
    made("2026-11-23T09:00Z", created_by=rui, assignee=rui)
    rui.timezone = "Europe/Berlin"
    rui.save(update_fields=["timezone"])
    if is_tallied:
        list(tallies.rebuild())
        monkeypatch.setattr(summary, "FEW", 0)
    browser = browser_of(rui)
    files = {table: rows(browser.get(f"/analytics.csv?days=7&table={table}")) for table in TABLES}

    assert [row for row in files["incidents"] if row[1] != "0"][1:] == [["23 Nov 2026", "2", "1", "1", "0", "2"]]
    assert files["acknowledge"][0][2] == "Mean (seconds)"
    assert [files["hours"][1][hour] for hour in (1, 11)] == ["1", "1"]  # of Monday, at 0:00 and at 10:00
    assert [row[:3] for row in files["assignees"][1:]] == [["Nobody", "", "1"], ["Rui", "rui@example.com", "1"]]
    assert [row[2:4] for row in files["creators"][1:]] == [["2", "2"]]


def test_of_one_persons_many_incidents_no_tally_tells_who_has_them(browser_of: Any, rui: Any, monkeypatch: Any) -> None:
    made("2026-11-23T09:00Z", created_by=rui)
    list(tallies.rebuild())
    monkeypatch.setattr(summary, "FEW", 0)
    browser = browser_of(rui)
    assert len(rows(browser.get("/analytics.csv?creator=me&table=assignees"))) == 2
    monkeypatch.setattr(breakdown, "VERY_FEW", 0)

    assert browser.get("/analytics.csv?creator=me&table=assignees").status_code == 404
    assert "By assignee" not in text_of(browser.get("/analytics?creator=me"))
    assert len(rows(browser.get("/analytics.csv?creator=me&table=creators"))) == 2


def test_the_charts_of_people_show_who_has_how_many_beside_the_one_with_most(
    browser_of: Any, rui: Any, vera: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(breakdown, "TOP", 2)
    for assignee, creator in ((rui, vera), (rui, vera), (rui, None), (rui, rui), (vera, rui), (None, rui)):
        made("2026-11-23T09:00Z", assignee=assignee, created_by=creator)
    made("2026-11-23T09:00Z", assignee=rui, created_by=rui, status="RESOLVED", resolved_at=NOW)
    page = browser_of(rui).get("/analytics").content.decode()

    assert charts_of_people(page) == {
        "By assignee": [("Rui", "100.0", "5"), ("Nobody", "20.0", "1"), ("1 others", "20.0", "1")],
        "By creator": [("Rui", "100.0", "4"), ("Vera", "50.0", "2"), ("1 others", "25.0", "1")],
    }


def charts_of_people(page: str) -> dict[str, list[tuple[str, ...]]]:
    """(name, width of the bar in hundredths, count) by title."""
    bars = (
        r'<li><span class="shares-name">(.*?)</span><svg.*?width="(.*?)".*?<span class="shares-count">(.*?)</span></li>'
    )
    sections = re.findall(
        r"<h2 id=\"\w+\">([^<]*)</h2></div>\s*<div class=\"plot\">\s*<ol class=\"shares\">(.*?)</ol>", page
    )
    return {
        title: [(re.sub("<[^>]*>", "", name), width, count) for name, width, count in re.findall(bars, chart)]
        for title, chart in sections
    }


def test_filters_stand_in_the_address(browser_of: Any, rui: Any) -> None:
    made("2026-11-01T09:00Z", severity="P1")
    made("2026-11-02T09:00Z", severity="P3")
    address = "/analytics?days=30&from=2026-10-20&to=2026-11-10&severity=P1&assignee=&bucket=week"
    page = browser_of(rui).get(address)

    assert "Incidents 1 before: 0" in text_of(page)
    assert 'value="2026-10-20"' in page.content.decode()
    assert "week of 26 Oct 2026" in text_of(page)


@pytest.mark.parametrize(
    "query", ["days=31", "severity=P9", "from=x", "from=2020-01-01&bucket=day", "assignee=x", "tz=x"]
)
def test_a_filter_that_does_not_fit_is_named_on_the_page(browser_of: Any, rui: Any, query: str) -> None:
    page = browser_of(rui).get(f"/analytics?{query}")

    assert page.status_code == 400
    assert 'role="alert"' in page.content.decode()


@pytest.mark.parametrize("name", ["=1+1", "<script>alert(1)</script>", "\u202egnp.exe"])
def test_a_name_is_text_wherever_it_stands(browser_of: Any, rui: Any, name: str) -> None:
    rui.name = name
    rui.save(update_fields=["name"])
    made("2026-11-23T09:00Z", created_by=rui)
    browser = browser_of(rui)
    page, cell = browser.get("/analytics").content.decode(), rows(browser.get("/analytics.csv?table=creators"))[1][0]

    assert escape(name) in page
    assert "<script>alert" not in page
    assert cell == name.replace("=", "'=")


def test_the_page_takes_as_many_queries_for_few_as_for_many(
    browser_of: Any, rui: Any, vera: Any, django_assert_max_num_queries: Any
) -> None:
    browser = browser_of(rui)
    for number in range(6):
        made(f"2026-11-2{number % 4}T09:00Z", created_by=rui, assignee=(rui, vera)[number % 2])
        services.open_incident(title="t", severity="P1", actor=vera)
    browser.get("/analytics")

    with django_assert_max_num_queries(16):
        browser.get("/analytics?days=365")
