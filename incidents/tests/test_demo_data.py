"""`manage.py demo_data`: a month that could have happened, once."""

import os
import sys
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from incidents.demo import fill
from incidents.demo.month import Story, month
from incidents.models import EventType, Incident, IncidentEvent
from incidents.tests.conftest import results
from tests import starts
from users import services as user_services
from users.models import User

TRANSITIONS = {("OPEN", "ACK"), ("OPEN", "RESOLVED"), ("ACK", "RESOLVED")}


def demo_data():
    out = StringIO()
    call_command("demo_data", stdout=out)
    return out.getvalue()


@pytest.fixture
def filled(db):
    return demo_data()


def test_it_adds_300_incidents_and_six_people_and_says_so(filled):
    assert "300 incidents" in filled
    assert Incident.objects.filter(metadata__demo=True).count() == Incident.objects.count() == 300
    assert User.objects.filter(email__endswith="@demo.example.com").count() == User.objects.count() == 6
    assert not any(user.has_usable_password() for user in User.objects.all())
    assert set(IncidentEvent.objects.values_list("request_id", flat=True)) == {"demo"}


def test_a_second_run_adds_nothing_and_says_so(filled):
    events = IncidentEvent.objects.count()

    said = demo_data()

    assert "already" in said
    assert (Incident.objects.count(), IncidentEvent.objects.count(), User.objects.count()) == (300, events, 6)


def test_people_who_are_there_already_are_taken_as_they_are(db):
    user_services.create_user(email="Mei.Tanaka@demo.example.com", name="Mei", role="viewer", actor=None)

    demo_data()

    assert User.objects.count() == 6
    assert User.objects.get(name="Mei").role == "viewer"


def replayed(events):
    """What the events alone say of an incident, each checked against the one before it."""
    told = {"status": "OPEN", "acknowledged_at": None, "resolved_at": None, "assignee_id": None}
    for event in events:
        data = event.data
        if event.type == EventType.CREATED:
            told |= {"title": data["title"], "severity": data["severity"], "created_by_id": event.actor_id}
        if event.type == EventType.STATUS_CHANGED:
            assert data["from"] == told["status"]
            assert (data["from"], data["to"]) in TRANSITIONS
            told |= {"status": data["to"], {"ACK": "acknowledged_at"}.get(data["to"], "resolved_at"): event.created_at}
        if event.type == EventType.UPDATED:
            assert {name: change["from"] for name, change in data["changes"].items()}.items() <= told.items()
            told |= {name: change["to"] for name, change in data["changes"].items()}
        if event.type == EventType.ASSIGNED:
            assert data["from"] == (str(told["assignee_id"]) if told["assignee_id"] else None)
            told["assignee_id"] = uuid.UUID(data["to"])
    return told


def test_every_incident_is_what_its_events_say(filled):
    for incident in Incident.objects.prefetch_related("events"):
        events = sorted(incident.events.all(), key=lambda event: event.sequence)
        times = [event.created_at for event in events]

        told = replayed(events)
        assert {name: getattr(incident, name) for name in told} == told
        assert incident.version == len(events)
        assert times == sorted(times)
        assert (incident.created_at, incident.updated_at) == (times[0], times[-1])
        assert events[0].type == EventType.CREATED


def test_the_month_is_behind_us_and_numbers_keys_and_sequences_rise_with_time(filled):
    now = datetime.now(UTC) + timedelta(seconds=5)
    by_time = list(Incident.objects.order_by("created_at"))
    events = list(IncidentEvent.objects.order_by("created_at", "sequence"))

    assert now - timedelta(days=30, minutes=1) < by_time[0].created_at < now - timedelta(days=25)
    assert events[-1].created_at < now
    assert [row.number for row in by_time] == sorted(row.number for row in by_time)
    assert [row.id.hex[:12] for row in by_time] == sorted(row.id.hex[:12] for row in by_time)
    assert [event.sequence for event in events] == sorted(event.sequence for event in events)


def test_the_api_shows_the_month(filled, as_user, ada):
    api = as_user(ada)

    assert len(results(api.get("/v1/incidents?limit=100"))) == 100
    assert results(api.get("/v1/incidents?q=checkout&status=RESOLVED"))
    row = results(api.get("/v1/incidents?status=ACK"))[0]
    assert api.get(f"/v1/incidents/{row['id']}").json()["events"][1]["data"]["to"] == "ACK"
    changed = api.patch(f"/v1/incidents/{row['id']}/status", {"status": "RESOLVED"}).json()
    assert changed["version"] == row["version"] + 1


@pytest.mark.parametrize("hour", [0, 5, 9, 13, 18, 22])
def test_at_any_hour_some_are_open_and_days_are_busier_than_nights(hour):
    stories = month(300, datetime(2026, 11, 23, hour, tzinfo=UTC), "x")

    statuses = Counter(status_of(story) for story in stories)
    hours = Counter(story.events[0].at.hour for story in stories)
    assert min(statuses["OPEN"], statuses["ACK"]) >= 4
    assert statuses["RESOLVED"] > 250
    assert sum(hours[n] for n in range(8, 18)) > 2 * sum(hours[n] for n in (20, 21, 22, 23, 0, 1, 2, 3, 4, 5))
    kinds = Counter(event.type for story in stories for event in story.events)
    assert set(kinds) == set(EventType)
    assert kinds["COMMENTED"] > 150


def status_of(story: Story) -> str:
    return next((event.data["to"] for event in story.events[::-1] if event.type == "STATUS_CHANGED"), "OPEN")


def test_serious_incidents_are_acknowledged_and_resolved_sooner(filled):
    for first, second in (("created_at", "acknowledged_at"), ("acknowledged_at", "resolved_at")):
        waits = {}
        for severity in ("P1", "P2", "P3"):
            rows = Incident.objects.filter(severity=severity, acknowledged_at__isnull=False, resolved_at__isnull=False)
            taken = sorted(b - a for a, b in rows.values_list(first, second))
            waits[severity] = taken[len(taken) // 2]
        assert waits["P1"] < waits["P2"] < waits["P3"]


def test_the_same_seed_and_end_are_the_same_month():
    end = datetime(2026, 11, 23, 12, tzinfo=UTC)

    assert month(50, end, "a") == month(50, end, "a")
    assert month(50, end, "a") != month(50, end, "b")


def test_a_refusal_in_the_middle_leaves_nothing(db, monkeypatch):
    monkeypatch.setattr(fill, "EVENTS", fill.EVENTS.replace("row (id uuid", "row (nonsense uuid"))

    with pytest.raises(CommandError, match="Nothing was added"):
        demo_data()

    assert Incident.objects.count() == User.objects.count() == 0


def test_a_database_that_is_not_there_is_said_in_a_sentence_with_exit_code_1():
    environment = {**os.environ, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}

    done = starts.run([sys.executable, "manage.py", "demo_data"], env=environment)

    assert done.returncode == 1
    assert "CommandError: Nothing was added" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_says_what_it_is_for(capsys):
    with pytest.raises(SystemExit) as ended:
        call_command("demo_data", "--help")

    assert ended.value.code == 0
    assert "300 incidents" in capsys.readouterr().out
