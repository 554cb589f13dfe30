"""Exports by the API: the filters of the list, no pages, no formulas."""

import csv
import io
import json
from typing import Any

import pytest

from core import long_answers
from incidents import export, services


def opened(titles: list[str], actor: Any) -> None:
    for title in titles:
        services.open_incident(title=title, severity="P1", actor=actor)


def test_csv_has_every_row_and_no_formula(as_user: Any, rui: Any, vera: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(export, "BATCH", 2)
    opened(["one", "=2+3", "three"], rui)

    response = as_user(vera, "read").get("/v1/incidents.csv")

    rows = list(csv.DictReader(io.StringIO(response.getvalue().decode(), newline="")))
    assert [row["title"] for row in rows] == ["three", "'=2+3", "one"]
    assert rows[0]["created_by_email"] == rui.email
    assert response["Content-Disposition"] == 'attachment; filename="incidents.csv"'


def test_json_lines_are_what_the_list_shows(as_user: Any, rui: Any) -> None:
    opened(["one", "two"], rui)
    api = as_user(rui)

    lines = api.get("/v1/incidents.jsonl").getvalue().splitlines()

    assert [json.loads(line) for line in lines] == json.loads(api.get("/v1/incidents").content)["results"]


@pytest.mark.parametrize("path", ["/v1/incidents.csv", "/v1/incidents.jsonl"])
def test_the_filters_apply_and_what_does_not_fit_is_refused(as_user: Any, rui: Any, path: str) -> None:
    opened(["needle", "other"], rui)
    api = as_user(rui)

    found = api.get(f"{path}?q=needle&status=OPEN&assignee=none").getvalue().decode()

    assert "needle" in found
    assert "other" not in found
    for query in ("status=CLOSED", "limit=5", "cursor=x", "ordering=created_at"):
        assert api.get(f"{path}?{query}").status_code == 400


def test_a_process_makes_one_export_at_a_time(as_user: Any, rui: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(long_answers, "PIECE_BYTES", 1)
    opened(["one", "two", "three"], rui)
    api = as_user(rui)

    running = api.get("/v1/incidents.csv")
    refused = api.get("/v1/incidents.jsonl")
    whole = running.getvalue()

    assert len(whole.splitlines()) == 4
    assert (refused.status_code, refused["Retry-After"]) == (503, "10")
    assert refused.json()["code"] == "SERVICE_UNAVAILABLE"
    assert len(api.get("/v1/incidents.jsonl").getvalue().splitlines()) == 3


def test_each_batch_is_a_short_query_of_its_own(
    as_user: Any, rui: Any, monkeypatch: Any, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(export, "BATCH", 2)
    monkeypatch.setattr(long_answers, "PIECE_BYTES", 1)
    opened(["one", "two", "three"], rui)
    running = as_user(rui).get("/v1/incidents.csv")

    with django_assert_num_queries(1) as captured:
        lines = running.getvalue().splitlines()

    assert len(lines) == 4
    assert captured[0]["sql"].endswith("LIMIT 2")
