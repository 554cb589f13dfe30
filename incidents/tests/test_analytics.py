"""GET /v1/analytics/summary, of incidents that are few: each figure as it is."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from core import clock
from incidents.models import Incident
from incidents.tests.conftest import named

PATH = "/v1/analytics/summary"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
NOTHING = {"count": 0, "mean": None, "median": None, "p90": None}


@pytest.fixture(autouse=True)
def noon(monkeypatch: Any) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def made(at: str, ack: float | None = None, done: float | None = None, **fields: Any) -> Incident:
    """Created then, and acknowledged and resolved after so many seconds."""
    begin = datetime.fromisoformat(at).astimezone(UTC)
    after = {"acknowledged_at": ack, "resolved_at": done}
    moments = {name: begin + timedelta(seconds=seconds) for name, seconds in after.items() if seconds is not None}
    status = "OPEN" if not moments else "RESOLVED" if done is not None else "ACK"
    values = {"title": "t", "severity": "P2", "status": status, "created_at": begin, "updated_at": begin, **moments}
    return Incident.objects.create(**values | fields)


def ask(api: Any, **query: Any) -> dict[str, Any]:
    response = api.get(f"{PATH}?{urlencode(query)}")
    assert response.status_code == 200, response.content
    found: dict[str, Any] = response.json()
    return found


def test_a_period_is_summarised_by_severity(as_user: Any, vera: Any) -> None:
    made("2026-11-23T10:00Z", severity="P1")
    made("2026-11-23T11:00Z", ack=60)
    made("2026-11-23T12:00Z", ack=120, done=1000)
    made("2026-11-23T13:00Z", done=3000)
    totals = ask(as_user(vera))["totals"]

    assert totals["all"] == {
        "incidents": 4,
        "by_status": {"OPEN": 1, "ACK": 1, "RESOLVED": 2},
        "resolved_without_acknowledgement": 1,
        "time_to_acknowledge": {"count": 2, "mean": 90.0, "median": 90.0, "p90": 114.0},
        "time_to_resolve": {"count": 2, "mean": 2000.0, "median": 2000.0, "p90": 2800.0},
    }
    assert totals["P1"]["by_status"] == {"OPEN": 1, "ACK": 0, "RESOLVED": 0}
    assert totals["P1"]["time_to_resolve"] == totals["P3"]["time_to_acknowledge"] == NOTHING
    assert totals["P2"]["time_to_resolve"] == totals["all"]["time_to_resolve"]


def test_without_words_it_is_of_the_last_thirty_days_in_the_callers_zone(as_user: Any, vera: Any) -> None:
    vera.timezone = "Asia/Kathmandu"
    vera.save(update_fields=["timezone"])
    found = ask(as_user(vera))

    assert (found["from"], found["to"]) == ("2026-10-25T18:15:00.000000Z", "2026-11-24T12:00:00.000000Z")
    assert (found["timezone"], found["bucket"], len(found["buckets"])) == ("Asia/Kathmandu", "day", 30)
    assert (found["is_exact"], found["as_of"]) == (True, found["to"])


def test_each_incident_is_in_the_bucket_of_its_local_day(as_user: Any, vera: Any) -> None:
    for moment in ("2026-10-24T21:59Z", "2026-10-24T22:00Z", "2026-10-25T22:59Z", "2026-10-25T23:00Z"):
        made(moment)
    query = {"from": "2026-10-24", "to": "2026-10-27", "tz": "Europe/Berlin"}
    found = ask(as_user(vera), **query)

    counts = [bucket["all"]["incidents"] for bucket in found["buckets"]]
    assert counts == [1, 2, 1]
    assert found["buckets"][1]["from"] == "2026-10-24T22:00:00.000000Z"
    assert ask(as_user(vera), bucket="week", **query)["buckets"][1]["all"]["incidents"] == 1


def test_the_beginning_belongs_to_a_period_and_its_end_does_not(as_user: Any, vera: Any) -> None:
    for second in (0, 1, 2, 3):
        made(f"2026-11-01T10:00:0{second}Z")

    found = ask(as_user(vera), **{"from": "2026-11-01T10:00:01Z", "to": "2026-11-01T10:00:03Z"})
    assert found["totals"]["all"]["incidents"] == 2


def test_it_may_be_of_severities_and_of_people(as_user: Any, rui: Any, vera: Any) -> None:
    made("2026-11-23T10:00Z", severity="P1", created_by=rui)
    made("2026-11-23T10:00Z", created_by=rui, assignee=vera)
    made("2026-11-23T10:00Z", created_by=vera)

    def count(**query: Any) -> int:
        found: int = ask(as_user(rui), **query)["totals"]["all"]["incidents"]
        return found

    assert [count(creator="me"), count(creator=vera.pk), count(creator="none")] == [2, 1, 0]
    assert [count(assignee="none"), count(assignee=vera.pk), count(creator="me", assignee=vera.pk)] == [2, 1, 1]
    assert [count(severity="P1"), count(severity="P1,P2"), count(severity="P3")] == [1, 3, 0]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-02-30"}, "from"),
        ({"from": "0001-01-01"}, "from"),
        ({"to": "9999-12-31"}, "to"),
        ({"to": "1969-12-31"}, "to"),
        ({"from": "2026-11-02", "to": "2026-11-02"}, "from"),
        ({"bucket": "year"}, "bucket"),
        ({"bucket": ""}, "bucket"),
        ({"from": "2025-01-01"}, "bucket"),
        ({"from": "1971-01-01", "bucket": "month"}, "bucket"),
        ({"tz": "Europe/Atlantis"}, "tz"),
        ({"tz": "../../etc/passwd"}, "tz"),
        ({"tz": "America"}, "tz"),
        ({"severity": "P4"}, "severity"),
        ({"assignee": "somebody"}, "assignee"),
        ({"creator": "\0"}, "creator"),
        ({"page": "1"}, "page"),
    ],
)
def test_what_does_not_fit_is_named(as_user: Any, vera: Any, query: dict[str, str], field: str) -> None:
    assert named(as_user(vera).get(f"{PATH}?{urlencode(query)}"), field)


def test_me_is_nobody_on_an_open_service(as_user: Any, settings: Any, unlimited: None) -> None:
    settings.API_ANONYMOUS_ROLE = "viewer"

    assert as_user().get(f"{PATH}?assignee=me").status_code == 401
    assert as_user().get(PATH).json()["timezone"] == "UTC"


def test_a_longer_period_takes_no_more_queries(as_user: Any, vera: Any, django_assert_num_queries: Any) -> None:
    api = as_user(vera)
    made("2026-11-23T10:00Z")
    ask(api)

    with django_assert_num_queries(3):  # the token, whether there are tallies, and these
        ask(api, **{"from": "2026-01-01"})
