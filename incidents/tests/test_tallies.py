"""Of many incidents, analytics answer from tallies: the same counts and means, and quantiles within 2 %."""

import random
import threading
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from incidents import services
from incidents.analytics import summary, tallies
from incidents.analytics.period import Period
from incidents.analytics.summary import Of
from incidents.models import Incident, Tally, TallyState
from incidents.tests.test_analytics import ask, made
from tests.live_server import becomes_true

BEGIN = datetime(2026, 3, 27, tzinfo=UTC)
DAYS = {"from": "2026-03-27T13:07:00Z", "to": "2026-04-01", "tz": "Asia/Kathmandu"}


@pytest.fixture
def few(monkeypatch: Any) -> Any:
    """`few(n)`: up to so many incidents everything is exact."""
    return lambda count: monkeypatch.setattr(summary, "FEW", count)


def fill(people: list[Any]) -> None:
    """Some days, across a change of clocks, with times from microseconds to a year."""
    dice = random.Random(7)  # noqa: S311  it is to be the same each time
    rows = []
    for _ in range(600):
        begin = BEGIN + timedelta(seconds=dice.uniform(0, 6 * 86400))
        after = [timedelta(microseconds=int(10 ** dice.gauss(8, 2))) * dice.choice([0, 1, 1, 1, 1]) for _ in "ab"]
        status = dice.choice(["OPEN", "ACK", "RESOLVED", "RESOLVED"])
        done = begin + after[1] if status == "RESOLVED" else None
        was_seen = status == "ACK" or (status == "RESOLVED" and dice.random() < 0.7)
        rows.append(
            Incident(
                title="t",
                status=status,
                severity=dice.choice(["P1", "P2", "P3"]),
                created_at=begin,
                acknowledged_at=begin + after[0] if was_seen else None,
                resolved_at=done,
                created_by=dice.choice(people),
                assignee=dice.choice([None, *people]),
            )
        )
    Incident.objects.bulk_create(rows)


def differences(kept: Any, exact: Any, path: str = "") -> list[str]:
    """Between two answers, beyond what is promised."""
    if isinstance(exact, list):
        kept, exact = dict(enumerate(kept)), dict(enumerate(exact))
    if isinstance(exact, dict):
        return [found for name in exact for found in differences(kept[name], exact[name], f"{path}.{name}")]
    may_differ = path.endswith((".median", ".p90")) and exact and kept
    is_same = abs(kept - exact) <= 0.02 * exact + 1e-6 if may_differ else kept == exact
    return [] if is_same else [f"{path}: {kept} is not {exact}"]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"tz": "UTC", "from": "2026-03-28", "bucket": "week"},
        {"tz": "Australia/Lord_Howe"},
        {"severity": "P1,P3", "bucket": "month"},
        {"creator": "me"},
        {"assignee": "me", "tz": "Europe/Berlin", "severity": "P2"},
        {"assignee": "none"},
    ],
)
def test_tallies_say_what_the_incidents_say(as_user: Any, rui: Any, vera: Any, few: Any, query: dict[str, str]) -> None:
    fill([rui, vera])
    api = as_user(rui)
    exact = ask(api, **DAYS | query)
    assert list(tallies.rebuild())[-1] == 6
    few(3)
    kept = ask(api, **DAYS | query)
    few(1000)

    assert (exact["is_exact"], kept["is_exact"]) == (True, False)
    again = ask(api, **DAYS | query)
    assert again | {"as_of": exact["as_of"]} == exact  # from tallies, too
    for name in ("totals", "buckets"):
        assert differences(kept[name], exact[name]) == []
    assert exact["totals"]["all"]["incidents"] > 30


def test_what_changes_after_the_count_is_in_the_answer(as_user: Any, rui: Any, few: Any) -> None:
    old = [made(f"2026-03-28T10:0{number}Z", created_by=rui) for number in range(3)]
    list(tallies.rebuild())
    few(0)
    services.edit_incident(old[0].pk, severity="P1", actor=rui)
    services.delete_incident(old[1].pk, actor=rui)
    services.open_incident(title="new", severity="P3", actor=rui)
    totals = ask(as_user(rui), **{"from": "2026-01-01"})["totals"]

    assert [totals[severity]["incidents"] for severity in ("P1", "P2", "P3")] == [1, 1, 1]


def test_after_more_changes_than_are_looked_up_it_is_as_of_the_last_count(
    as_user: Any, rui: Any, few: Any, monkeypatch: Any
) -> None:
    old = made("2026-03-28T10:00Z")
    list(tallies.rebuild())
    few(0)
    monkeypatch.setattr(summary, "MOST_CHANGES", 2)
    for severity in ("P1", "P3"):
        services.edit_incident(old.pk, severity=severity, actor=rui)
    found = ask(as_user(rui), **{"from": "2026-01-01"})

    assert found["totals"]["P2"]["incidents"] == 1
    assert datetime.fromisoformat(found["as_of"]) == TallyState.objects.get().counted_at


def counted(kind: Any = Tally.Kind.EVERYBODY) -> dict[Any, int]:
    rows = Tally.objects.filter(kind=kind).order_by("is_day", "severity").values_list("is_day", "severity", "open")
    return {(is_day, severity): count for is_day, severity, count in rows}


def follow_until(is_so: Any) -> None:
    """Only what is older than every running transaction of the server is followed, those of other tests too."""
    assert becomes_true(lambda: tallies.follow() >= 0 and is_so())


@pytest.mark.django_db(transaction=True)
def test_the_worker_follows_changes_of_every_kind(rui: Any) -> None:
    first, second = (services.open_incident(title="t", severity="P1", actor=rui) for _ in "ab")
    follow_until(lambda: sum(counted().values()) == 4)
    services.edit_incident(first.pk, severity="P2", actor=rui)
    services.edit_incident(first.pk, assignee=rui.pk, actor=rui)
    services.delete_incident(second.pk, actor=rui)

    follow_until(lambda: counted() == {(False, "P2"): 1, (True, "P2"): 1})
    assert counted(Tally.Kind.CREATOR) == counted(Tally.Kind.ASSIGNEE) == counted()


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_committed_late_is_followed(rui: Any) -> None:
    incident = services.open_incident(title="t", severity="P1", actor=rui)
    tallies.follow()
    is_written, may_commit = threading.Event(), threading.Event()

    def change_slowly() -> None:
        try:
            with transaction.atomic():
                services.edit_incident(incident.pk, severity="P3", actor=rui)
                is_written.set()
                may_commit.wait(20)
        finally:
            connection.close()

    slow = threading.Thread(target=change_slowly)
    slow.start()
    assert is_written.wait(20)
    services.open_incident(title="t", severity="P2", actor=rui)  # of a higher sequence, and committed first
    tallies.follow()
    may_commit.set()
    slow.join(20)

    follow_until(lambda: {severity for _, severity in counted()} == {"P2", "P3"})


def test_the_command_counts_everything_anew(rui: Any) -> None:
    kept, gone = made("2026-03-28T10:00Z"), made("2026-04-02T10:00Z")
    list(tallies.rebuild())
    Incident.objects.filter(pk=kept.pk).update(severity="P1", version=2)
    Incident.objects.filter(pk=gone.pk).delete()
    told = StringIO()
    call_command("rebuild_analytics", stdout=told)

    assert told.getvalue() == "6 days counted.\n"
    assert counted() == {(False, "P1"): 1, (True, "P1"): 1}


def test_tallies_are_read_in_as_many_queries_however_long_the_period_is(
    rui: Any, few: Any, django_assert_num_queries: Any
) -> None:
    made("2026-03-28T10:00Z", created_by=rui)
    made("2026-10-28T10:00Z", created_by=rui)
    list(tallies.rebuild())
    few(0)
    services.open_incident(title="t", severity="P3", actor=rui)

    for days in (2, 300):
        period = Period(BEGIN, BEGIN + timedelta(days=days, minutes=7), ZoneInfo("UTC"))
        with django_assert_num_queries(5):  # the state, whether it is few, the changes, tallies, incidents
            summary.summary(period, "day", Of())
