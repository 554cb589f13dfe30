"""The export: every row that the filters let through, and no formula in it."""

import csv
import io
import time
from typing import Any

import pytest
from django.test import Client

from incidents import export, services


@pytest.fixture
def browser(browser_of: Any, vera: Any) -> Client:
    return browser_of(vera)


def rows(browser: Client, query: str = "") -> list[dict[str, str]]:
    response = browser.get(f"/incidents.csv{query}")
    assert response["Content-Disposition"] == 'attachment; filename="incidents.csv"'
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["X-Content-Type-Options"] == "nosniff"
    return list(csv.DictReader(io.StringIO(response.getvalue().decode(), newline="")))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_cell_begins_a_formula(browser: Client, rui: Any, start: str) -> None:
    text = f"{start}cmd|' /C calc'!A0"
    services.open_incident(title=f"x{start}", description=text, severity="P1", actor=rui)

    assert rows(browser)[0]["description"] == f"'{text}"


@pytest.mark.parametrize("between", [";", "\t", "\r", "\n", "\r\n", '; "', ";;\n "])
@pytest.mark.parametrize("start", "=+-@＝＋－＠")
def test_none_begins_where_another_country_splits(browser: Client, rui: Any, between: str, start: str) -> None:
    services.open_incident(title="t", description=f"a{between}{start}1", severity="P1", actor=rui)

    assert rows(browser)[0]["description"] == f"a{between}'{start}1"


def test_many_separators_take_no_time() -> None:
    began = time.process_time()
    export.line(["\n" * 20_000, '; "' * 7_000])

    assert time.process_time() - began < 0.1


def test_quotes_commas_and_lines_stay_in_their_cell(browser: Client, rui: Any) -> None:
    text = 'a "quoted", b\r\nc'
    services.open_incident(title="t", description=text, severity="P1", actor=rui)

    assert [row["description"] for row in rows(browser)] == [text]


def test_the_filters_apply(browser: Client, rui: Any) -> None:
    for severity in ("P1", "P2"):
        services.open_incident(title=severity, severity=severity, actor=rui)

    assert [row["title"] for row in rows(browser, "?severity=P2&q=")] == ["P2"]
    assert [row["title"] for row in rows(browser, "?q=P1")] == ["P1"]


def test_all_batches_come_newest_first(browser: Client, rui: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(export, "BATCH", 2)
    for number in range(5):
        services.open_incident(title=str(number), severity="P1", actor=rui)

    assert [row["title"] for row in rows(browser)] == ["4", "3", "2", "1", "0"]


def test_a_filter_that_does_not_fit_is_refused_before_the_file_begins(browser: Client) -> None:
    assert browser.get("/incidents.csv?status=CLOSED").status_code == 400
