"""Times to acknowledge and to resolve by day: exact, and read once for each day that is over."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import cache, clock
from incidents import services, times
from incidents.models import Incident

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def noon(db: None, monkeypatch: Any) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def resolved(days_ago: int, minutes: int, actor: Any) -> Incident:
    """Opened that many days before NOW, acknowledged after so many minutes, and resolved after twice as many."""
    incident = services.open_incident(title="t", severity="P1", actor=actor)
    begin, span = NOW - timedelta(days=days_ago), timedelta(minutes=minutes)
    at = {"created_at": begin, "acknowledged_at": begin + span, "resolved_at": begin + 2 * span}
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE incidents_incident SET status = 'RESOLVED', version = 2, created_at = %(created_at)s,"
            " acknowledged_at = %(acknowledged_at)s, resolved_at = %(resolved_at)s, updated_at = %(resolved_at)s"
            " WHERE id = %(id)s",
            {**at, "id": incident.pk},
        )
    return incident


def test_each_day_has_its_counts_and_medians(noon: None, rui: Any) -> None:
    for minutes in (1, 2, 30):
        resolved(3, minutes, rui)

    days = times.last_days()

    assert days is not None
    assert [day.date.isoformat() for day in (days[0], days[-1])] == ["2026-10-26", "2026-11-24"]
    assert days[-4] == times.Day(days[-4].date, 3, 120.0, 3, 240.0)
    assert days[-1] == times.Day(NOW.date())


def test_a_day_that_is_over_is_read_once(noon: None, rui: Any) -> None:
    resolved(3, 5, rui)
    first = times.last_days()

    with CaptureQueriesContext(connection) as queries:
        assert times.last_days() == first

    assert "2026-11-24" in queries.captured_queries[0]["sql"]


def test_what_is_resolved_today_is_counted_at_once(noon: None, rui: Any) -> None:
    times.last_days()
    resolved(0, -5, rui)

    days = times.last_days()

    assert days is not None
    assert days[-1].resolved == 1


def test_a_day_is_not_over_before_what_began_in_it_has_ended(noon: None, rui: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 24, 0, 5, tzinfo=UTC))
    times.last_days()
    monkeypatch.setattr(clock, "now", lambda: NOW)
    resolved(1, 5, rui)

    days = times.last_days()

    assert days is not None
    assert days[-2].resolved == 1


def test_there_are_none_while_redis_is_away(noon: None, monkeypatch: Any) -> None:
    monkeypatch.setattr(cache.breaker, "is_away", True)

    assert times.last_days() is None
