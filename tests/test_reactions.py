"""What follows from an event is deferred with it: in the same transaction, for the worker to do."""

import json
import uuid

import pytest
from django.db import connection

from core.models import IdempotencyKey
from incidents import jobs

BODY = {"title": "Disk full on db-7", "severity": "P1"}
POISON = "Poison"
told: list = []


def tell(moment) -> None:
    told.append((moment.type, moment.incident["title"]))


def write(moment) -> None:
    IdempotencyKey.objects.create(
        principal="write", key=moment.event["id"], fingerprint="", expires_at=moment.event["created_at"]
    )


def choke(moment) -> None:
    IdempotencyKey.objects.create(
        principal="choke", key=moment.event["id"], fingerprint="", expires_at=moment.event["created_at"]
    )
    if moment.incident["title"] == POISON:
        raise ValueError("Poison")


SUBSCRIPTIONS = {"CREATED": [tell], "COMMENTED": [tell, tell], "UPDATED": [choke, write]}


@pytest.fixture(autouse=True)
def subscriptions(settings):
    settings.SUBSCRIPTIONS = "tests.test_reactions.SUBSCRIPTIONS"
    told.clear()


def deferred(task="react") -> list[dict]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT args FROM procrastinate_jobs WHERE task_name = %s ORDER BY id", [f"incidents.jobs.{task}"]
        )
        return [json.loads(args) for (args,) in cursor.fetchall()]


@pytest.fixture
def none_before(db):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def test_an_event_with_reactions_defers_one_job(none_before, as_user, rui):
    created = as_user(rui).post("/v1/incidents", BODY, X_Request_ID="req-1").json()
    (event,) = as_user(rui).get(f"/v1/incidents/{created['id']}/events").json()["results"]

    assert deferred() == [{"event_id": event["id"], "event_type": "CREATED", "request_id": "req-1"}]


def test_an_event_without_reactions_defers_none(none_before, as_user, rui, incident):
    before = deferred()
    as_user(rui).patch(f"/v1/incidents/{incident.pk}/status", {"status": "ACK"})

    assert deferred() == before


def test_a_replay_defers_none(none_before, as_user, rui):
    for _ in range(2):
        as_user(rui).post("/v1/incidents", BODY, Idempotency_Key="k-1")

    assert len(deferred()) == 1


def test_a_request_that_is_taken_back_takes_its_job_along(none_before, as_user, rui, incident):
    before = deferred()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION pg_temp.fail() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'broken'; END$$;"
            "CREATE TRIGGER fail BEFORE UPDATE ON core_idempotency_key EXECUTE FUNCTION pg_temp.fail()"
        )
    failed = as_user(rui).post(f"/v1/incidents/{incident.pk}/comments", {"body": "b"}, Idempotency_Key="k-1")

    assert failed.status_code == 500
    assert deferred() == before


def test_the_job_runs_every_reaction_to_its_event(none_before, as_user, rui, incident):
    as_user(rui).post(f"/v1/incidents/{incident.pk}/comments", {"body": "Looking"})
    jobs.react(**deferred()[-1])

    assert told == [("COMMENTED", incident.title)] * 2


def test_the_job_of_an_event_that_went_with_its_incident_does_nothing(db):
    jobs.react(event_id=str(uuid.uuid4()), event_type="COMMENTED", request_id="req-1")

    assert told == []


@pytest.fixture
def poisoned(none_before, as_user, rui, incident):
    """The job of an event with two reactions, of which the first cannot bear the incident."""
    as_user(rui).patch(f"/v1/incidents/{incident.pk}", {"title": "Poison"})
    return deferred()[-1]


def written() -> list[str]:
    return sorted(IdempotencyKey.objects.values_list("principal", flat=True))


def test_a_reaction_that_fails_leaves_nothing_and_keeps_no_other_from_its_work(poisoned):
    jobs.react(**poisoned)

    assert written() == ["write"]
    assert deferred("react_alone") == [poisoned | {"reaction": "tests.test_reactions.choke"}]


def test_it_alone_is_tried_again_until_it_works(poisoned, monkeypatch):
    jobs.react(**poisoned)
    (again,) = deferred("react_alone")
    with pytest.raises(ValueError, match="Poison"):
        jobs.react_alone(**again)
    assert written() == ["write"]

    monkeypatch.setattr("tests.test_reactions.POISON", "not this")
    jobs.react_alone(**again)

    assert written() == ["choke", "write"]


def test_one_that_nobody_subscribes_any_more_is_not_tried_again(poisoned, settings):
    jobs.react(**poisoned)
    (again,) = deferred("react_alone")
    settings.SUBSCRIPTIONS = "config.subscriptions.SUBSCRIPTIONS"

    jobs.react_alone(**again)

    assert written() == ["write"]
