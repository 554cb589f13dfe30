"""The daily summary: when it is due, in every zone and on every kind of day, and what it says."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents import lifecycle
from notifications import preferences, summary
from notifications.jobs import write_summaries
from notifications.models import Delivery
from users import services as users

ZONES = ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns", "Africa/Casablanca"]
ZONES += ["Antarctica/Troll", "Asia/Tehran", "Pacific/Kiritimati", "Asia/Kathmandu", "America/Scoresbysund"]


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "on", "since", "until"),
    [
        ("Europe/Berlin", "2026-03-29", "2026-03-28T07:00", "2026-03-29T06:00"),  # forward: 23 hours
        ("Europe/Berlin", "2026-10-25", "2026-10-24T06:00", "2026-10-25T07:00"),  # back: 25 hours
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-03T21:00", "2026-04-04T21:30"),
        ("Australia/Lord_Howe", "2026-10-04", "2026-10-02T21:30", "2026-10-03T21:00"),
        ("Pacific/Apia", "2011-12-31", "2011-12-29T18:00", "2011-12-30T18:00"),  # there was no 30th
    ],
)
def test_it_is_due_at_eight_whatever_the_clocks_do(zone, on, since, until):
    tz, day = ZoneInfo(zone), date.fromisoformat(on)

    assert summary.day(utc(until), tz) == (day, utc(since), utc(until))
    early = summary.day(utc(until) - timedelta(seconds=1), tz)
    assert early is None or early.date < day


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(ZONES), st.integers(0, 21 * 365 * 24 * 60), st.integers(15, 61))
def test_summaries_follow_each_other_without_gap_or_overlap(zone, start, minutes):
    tz = ZoneInfo(zone)
    start = utc("2011-01-01") + timedelta(minutes=start)
    moments = (start + timedelta(minutes=minutes) * step for step in range(4 * 1440 // minutes))
    days = list(dict.fromkeys(filter(None, (summary.day(now, tz) for now in moments))))

    assert len(days) in (4, 5)
    assert all(later.since == earlier.until and later.date > earlier.date for earlier, later in pairwise(days))
    assert {each.until.astimezone(tz).hour for each in days} == {8}
    assert all(timedelta(hours=22) <= each.until - each.since <= timedelta(hours=26) for each in days)


@pytest.fixture
def early(mail_as_built_in, ada, rui, travel):
    """It is past seven where Ada is, and Rui wants none."""
    ahead = (7 - summary.database_now().hour + 12) % 24 - 12
    users.edit_user(ada.pk, actor=None, timezone=f"Etc/GMT{-ahead:+d}")
    preferences.set_own(rui, wants_summary=False, created_severities=[], assigned_severities=[])
    preferences.set_own(ada, created_severities=[])


def summaries():
    write_summaries.func(0)
    return Delivery.objects.filter(type="summary").count()


def test_it_comes_at_eight_once_and_again_the_next_day(early, incident, travel):
    counts = [summaries()]
    for hours in (1, 0, 5, 17, 2):
        travel(hours=hours)
        counts.append(summaries())

    assert counts == [0, 1, 1, 1, 1, 2]


def test_a_worker_that_was_down_catches_up_with_what_there_was_at_eight(early, incident, opened, travel):
    travel(hours=6)

    assert summaries() == 1
    assert '"P1":1' in Delivery.objects.get(type="summary").payload


def test_there_is_none_when_there_is_nothing_to_say(early, travel):
    travel(hours=1)

    assert summaries() == 0


def test_what_happened_after_eight_is_told_tomorrow(early, travel, opened):
    travel(hours=-20)
    assert summaries() == 0
    opened()
    assert summaries() == 0
    travel(hours=21)
    assert summaries() == 1


def test_it_says_what_was_done_and_what_is_left(early, opened, travel, work, rui, mailoutbox):
    done, left = opened(severity="P2", title="Queue is slow"), opened(title="<b>Disk</b> full")
    opened(severity="P2")
    lifecycle.change_status(done.pk, "ACK", actor=rui)
    lifecycle.change_status(done.pk, "RESOLVED", actor=rui)
    lifecycle.change_status(left.pk, "ACK", actor=rui)
    travel(hours=1)
    summaries()
    work()

    (mail,) = mailoutbox
    assert mail.subject == "Since yesterday: 3 opened, 1 resolved, 2 still open"
    for line in ("Opened, P1: 1", "Opened, P2: 2", "Acknowledged: 2", "Median time to acknowledge: 0 s", "Resolved: 1"):
        assert f"\n{line}\n" in mail.body
    assert f"[P1] #{left.number} <b>Disk</b> full" in mail.body
    assert "Queue is slow" not in mail.body
    assert "&lt;b&gt;Disk&lt;/b&gt; full" in mail.alternatives[0].content
    headers = mail.message()
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["List-Unsubscribe"][1:-1] in mail.body


def test_who_shares_a_morning_shares_the_work(early, incident, ada, vera, travel, django_assert_max_num_queries):
    for number in range(5):
        users.create_user(email=f"{number}@example.com", name="N", timezone=ada.timezone, actor=None)
    travel(hours=1)
    with django_assert_max_num_queries(18):
        summary.write_due()
