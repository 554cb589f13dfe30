"""Times to acknowledge and to resolve by day: exact, whoever has counted them."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from core import clock
from incidents import jobs, services, times
from incidents.models import Day, Incident

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture
def noon(db: None, monkeypatch: Any) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def much(monkeypatch: Any) -> None:
    """As among a million: more than a page may read."""
    monkeypatch.setattr(times, "QUICK", 0)


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


def shown(days_ago: int) -> tuple[Any, ...] | None:
    day = times.last_days()[TODAY - timedelta(days=days_ago)]
    return day and (day.acknowledged, day.seconds_to_acknowledge, day.resolved, day.seconds_to_resolve)


@pytest.mark.parametrize("is_counted", [False, True])
def test_each_day_has_its_counts_and_medians(noon: None, rui: Any, is_counted: bool) -> None:
    for minutes in (1, 2, 30):
        resolved(3, minutes, rui)
    if is_counted:
        times.count()

    assert [day.isoformat() for day in times.last_days()][:: times.DAYS - 1] == ["2026-10-26", "2026-11-24"]
    assert shown(3) == (3, 120.0, 3, 240.0)
    assert shown(0) == shown(4) == (0, None, 0, None)


def test_a_day_that_is_counted_is_not_read_again(noon: None, much: None, rui: Any) -> None:
    times.count()
    resolved(3, 5, rui)

    assert shown(3) == (0, None, 0, None)


def test_what_is_resolved_today_or_yesterday_is_shown_at_once(noon: None, much: None, rui: Any) -> None:
    resolved(0, -5, rui)
    resolved(1, 5, rui)

    assert shown(0) == (1, -300.0, 1, -600.0)
    assert shown(1) == (1, 300.0, 1, 600.0)


def test_among_many_days_that_nobody_has_counted_are_not_pretended(noon: None, much: None, rui: Any) -> None:
    resolved(5, 5, rui)
    assert shown(5) is None

    jobs.count_days(timestamp=0)

    assert shown(5) == (1, 300.0, 1, 600.0)


def test_a_worker_that_was_away_for_days_leaves_those_days_uncounted_alone(
    noon: None, much: None, rui: Any, monkeypatch: Any
) -> None:
    resolved(5, 5, rui)
    resolved(1, 5, rui)
    monkeypatch.setattr(clock, "now", lambda: NOW - timedelta(days=4))
    times.count()
    monkeypatch.setattr(clock, "now", lambda: NOW)

    uncounted = [(TODAY - day).days for day, counted in times.last_days().items() if counted is None]

    assert uncounted == [4, 3, 2]
    assert shown(5) == (1, 300.0, 1, 600.0)


def test_what_is_deleted_leaves_its_days_when_they_are_counted_anew(noon: None, rui: Any, ada: Any) -> None:
    incident = resolved(3, 5, rui)
    times.count()
    services.delete_incident(incident.pk, actor=ada)

    call_command("count_days", stdout=StringIO())

    assert shown(3) == (0, None, 0, None)


def test_a_day_is_not_over_before_what_began_in_it_has_ended(noon: None, rui: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 24, 0, 5, tzinfo=UTC))
    times.count()
    monkeypatch.setattr(clock, "now", lambda: NOW)
    resolved(1, 5, rui)

    assert shown(1) == (1, 300.0, 1, 600.0)


def test_days_that_nobody_looks_at_any_more_are_forgotten(noon: None) -> None:
    Day.objects.create(date=TODAY - timedelta(days=times.DAYS))

    times.count()

    assert not Day.objects.filter(date=TODAY - timedelta(days=times.DAYS)).exists()
    assert Day.objects.count() == times.DAYS - 1
