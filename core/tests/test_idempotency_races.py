"""Twins: requests with one key at the same moment, each on a connection of its own."""

import threading
import time
from collections import Counter

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from core.models import IdempotencyKey
from tests.locks import wait_until_somebody_waits

TWINS = 50
BODY = {"title": "Disk full on db-7", "severity": "P1"}


def statuses(answers) -> Counter:
    return Counter(answer.status_code for answer in answers)


def count_incidents() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM incidents_incident")
        return cursor.fetchone()[0]


@pytest.fixture
def unlimited(settings):
    settings.RATE_LIMITS_ENABLED = False


@pytest.mark.parametrize("round", range(3))
def test_of_fifty_twins_one_runs_and_the_others_replay_it(at_once, unlimited, as_user, rui, round):
    api = as_user(rui)
    answers = at_once([lambda: api.post("/v1/incidents", BODY, Idempotency_Key="k-1")] * TWINS)

    assert statuses(answers) == {201: 1, 200: TWINS - 1}
    assert len({answer.content for answer in answers}) == 1
    assert [answer.headers.get("Idempotency-Replayed") for answer in answers].count("true") == TWINS - 1
    assert count_incidents() == 1


def test_of_twins_with_different_bodies_one_runs_and_the_others_conflict(at_once, unlimited, as_user, rui):
    api = as_user(rui)
    bodies = [{**BODY, "title": f"Twin {number}"} for number in range(TWINS)]
    answers = at_once([lambda b=body: api.post("/v1/incidents", b, Idempotency_Key="k-1") for body in bodies])

    assert statuses(answers) == {201: 1, 409: TWINS - 1}
    codes = {answer.json()["code"] for answer in answers if answer.status_code == 409}
    assert codes == {"IDEMPOTENCY_KEY_CONFLICT"}
    (winner,) = (answer.json() for answer in answers if answer.status_code == 201)
    assert [incident["title"] for incident in api.get("/v1/incidents").json()["results"]] == [winner["title"]]


def test_of_twins_with_an_expired_key_one_runs_anew(at_once, unlimited, as_user, rui):
    api = as_user(rui)
    first = api.post("/v1/incidents", BODY, Idempotency_Key="k-1")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_idempotency_key SET expires_at = now()")
    answers = at_once([lambda: api.post("/v1/incidents", BODY, Idempotency_Key="k-1")] * 20)

    assert statuses(answers) == {201: 1, 200: 19}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].content != first.content
    assert count_incidents() == 2


def test_keys_of_different_callers_do_not_meet(at_once, unlimited, as_user, rui, ada):
    apis = [as_user(rui), as_user(ada)] * 5
    answers = at_once([lambda a=api: a.post("/v1/incidents", BODY, Idempotency_Key="k-1") for api in apis])

    assert statuses(answers) == {201: 2, 200: 8}
    assert count_incidents() == 2


class Holder:
    """The first request with the key of `principal`, as the database sees it: its claim, not yet decided."""

    def __init__(self, principal: str) -> None:
        self.principal = principal
        self.claimed, self.enough = threading.Event(), threading.Event()

    def __call__(self, *, commit: bool = False) -> None:
        with transaction.atomic():
            IdempotencyKey.objects.create(
                principal=self.principal, key="k-1", fingerprint="v1:", expires_at="2999-01-01T00:00Z"
            )
            self.claimed.set()
            self.enough.wait(10)
            transaction.set_rollback(not commit)


def test_a_twin_runs_when_the_first_fails(at_once, as_user, rui):
    api, holder = as_user(rui), Holder(str(rui.pk))

    def twin():
        assert holder.claimed.wait(5)
        return api.post("/v1/incidents", BODY, Idempotency_Key="k-1")

    def let_the_first_fail():
        wait_until_somebody_waits(5)
        holder.enough.set()

    answer, *_ = at_once([twin, holder, let_the_first_fail])

    assert answer.status_code == 201
    assert count_incidents() == 1


def test_a_twin_of_a_request_that_runs_longer_than_two_seconds_is_told_to_retry(at_once, as_user, rui):
    api, holder = as_user(rui), Holder(str(rui.pk))

    def twin():
        assert holder.claimed.wait(5)
        started = time.monotonic()
        answer = api.post("/v1/incidents", BODY, Idempotency_Key="k-1")
        holder.enough.set()
        return answer, time.monotonic() - started

    (answer, waited), _ = at_once([twin, holder])

    assert (answer.status_code, answer.json()["code"]) == (409, "IDEMPOTENCY_KEY_IN_USE")
    assert answer["Retry-After"] == "1"
    assert 1.9 < waited < 8
    assert api.post("/v1/incidents", BODY, Idempotency_Key="k-1").status_code == 201


def test_the_purge_skips_the_row_that_a_request_claims_anew(at_once, as_user, rui):
    for key in ("old", "claimed anew"):
        IdempotencyKey.objects.create(principal="p", key=key, fingerprint="v1:", expires_at="2001-01-01T00:00Z")
    claimed, purged = threading.Event(), threading.Event()

    def claim():
        with transaction.atomic():
            IdempotencyKey.objects.filter(key="claimed anew").update(expires_at="2999-01-01T00:00Z")
            claimed.set()
            return purged.wait(5)

    def purge():
        assert claimed.wait(5)
        call_command("purge_idempotency_keys", batch_size=1)
        purged.set()

    went_on_beside_the_claim, _ = at_once([claim, purge])

    assert went_on_beside_the_claim
    assert [row.key for row in IdempotencyKey.objects.all()] == ["claimed anew"]
