"""A POST with an Idempotency-Key runs once, and is answered again from what is stored."""

import pytest
from django.db import connection

from core.models import IdempotencyKey

BODY = {"title": "Disk full on db-7", "severity": "P1"}
FRESH = {"X-Request-ID", "Idempotency-Replayed", "RateLimit"}


def incidents(api) -> list[dict]:
    return api.get("/v1/incidents").json()["results"]


def test_the_same_request_again_is_answered_from_what_is_stored(as_user, rui):
    api = as_user(rui)
    first = api.post("/v1/incidents", BODY, Idempotency_Key="k-1")
    again = api.post("/v1/incidents", BODY, Idempotency_Key="k-1")

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.content == first.content
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert again["Location"] == first["Location"] == f"/v1/incidents/{first.json()['id']}"
    assert again["X-Request-ID"] != first["X-Request-ID"]
    assert {k: v for k, v in again.items() if k not in FRESH} == {k: v for k, v in first.items() if k not in FRESH}
    assert len(incidents(api)) == 1


def test_without_a_key_every_request_runs(as_user, rui):
    api = as_user(rui)
    answers = [api.post("/v1/incidents", BODY) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert len(incidents(api)) == 2
    assert not IdempotencyKey.objects.exists()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/incidents", {**BODY, "severity": "P2"}),
        ("/v1/incidents", {"title": "", "severity": "P9"}),
        ("/v1/incidents", None),
        ("/v1/incidents?x=1", BODY),
        ("/v1/tokens", BODY),
        ("/v1/incidents/00000000-0000-0000-0000-000000000000/comments", BODY),
    ],
)
def test_the_same_key_with_another_request_is_a_conflict(as_user, rui, path, body):
    api = as_user(rui)
    first = api.post("/v1/incidents", BODY, Idempotency_Key="k-1")
    other = api.post(path, body, Idempotency_Key="k-1")

    assert other.status_code == 409
    assert other.json()["code"] == "IDEMPOTENCY_KEY_CONFLICT"
    assert [incident["id"] for incident in incidents(api)] == [first.json()["id"]]


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        ('{"title":"t","severity":"P1"}', '{ "severity" : "P1",\n "title":"\\u0074" }', 200),
        (
            '{"title":"t","severity":"P1","metadata":{"a":1,"b":2}}',
            '{"severity":"P1","metadata":{"b":2,"a":1},"title":"t"}',
            200,
        ),
        ('{"title":"t","severity":"P1","metadata":{"n":1}}', '{"title":"t","severity":"P1","metadata":{"n":1.0}}', 409),
        (
            '{"title":"t","severity":"P1","metadata":{"n":1.0}}',
            '{"title":"t","severity":"P1","metadata":{"n":1.00}}',
            200,
        ),
        (
            '{"title":"t","severity":"P1","metadata":{"n":[1,2]}}',
            '{"title":"t","severity":"P1","metadata":{"n":[2,1]}}',
            409,
        ),
        ('{"title":"\\u00e9","severity":"P1"}', '{"title":"é","severity":"P1"}', 200),
        ('{"title":"\\u00e9","severity":"P1"}', '{"title":"e\\u0301","severity":"P1"}', 409),
        ('{"title":"t","severity":"P1"}', '{"title":"t ","severity":"P1"}', 409),
    ],
)
def test_the_body_counts_not_its_spelling(as_user, rui, first, second, status):
    api = as_user(rui)
    assert api.post("/v1/incidents", first, Idempotency_Key="k-1").status_code == 201

    assert api.post("/v1/incidents", second, Idempotency_Key="k-1").status_code == status


def test_keys_belong_to_their_caller(as_user, rui, ada):
    ruis, adas = as_user(rui), as_user(ada)
    first = ruis.post("/v1/incidents", BODY, Idempotency_Key="k-1")
    other = adas.post("/v1/incidents", BODY, Idempotency_Key="k-1")

    assert other.status_code == 201
    assert other.json()["id"] != first.json()["id"]
    assert first.json()["id"] not in adas.post("/v1/incidents", BODY, Idempotency_Key="k-1").content.decode()


def test_anonymous_callers_of_an_open_service_share_one_key_space(as_user, rui, settings):
    settings.API_ANONYMOUS_ROLE = "responder"
    first = as_user().post("/v1/incidents", BODY, Idempotency_Key="k-1")
    again = as_user().post("/v1/incidents", BODY, Idempotency_Key="k-1")
    known = as_user(rui).post("/v1/incidents", BODY, Idempotency_Key="k-1")

    assert (first.status_code, again.status_code, known.status_code) == (201, 200, 201)
    assert again.content == first.content


def test_a_rotated_token_still_replays(as_user, rui):
    first = as_user(rui).post("/v1/incidents", BODY, Idempotency_Key="k-1")
    again = as_user(rui).post("/v1/incidents", BODY, Idempotency_Key="k-1")

    assert again.status_code == 200
    assert again.content == first.content


def test_a_caller_who_may_no_longer_write_cannot_replay(as_user, rui, ada):
    api = as_user(rui)
    api.post("/v1/incidents", BODY, Idempotency_Key="k-1")

    as_user(ada).patch(f"/v1/users/{rui.pk}", {"role": "viewer"})
    demoted = api.post("/v1/incidents", BODY, Idempotency_Key="k-1")
    as_user(ada).patch(f"/v1/users/{rui.pk}", {"is_active": False})
    deactivated = api.post("/v1/incidents", BODY, Idempotency_Key="k-1")

    assert (demoted.status_code, demoted.json()["code"]) == (403, "PERMISSION_DENIED")
    assert (deactivated.status_code, deactivated.json()["code"]) == (401, "NOT_AUTHENTICATED")


def test_a_token_of_too_small_a_scope_cannot_replay(as_user, rui):
    as_user(rui).post("/v1/incidents", BODY, Idempotency_Key="k-1")

    assert as_user(rui, scope="read").post("/v1/incidents", BODY, Idempotency_Key="k-1").status_code == 403


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/incidents", {"title": "no severity"}, 400),
        ("/v1/incidents", {**BODY, "assignee": "00000000-0000-0000-0000-000000000000"}, 400),
        ("/v1/incidents?x=1", BODY, 400),
        ("/v1/incidents/00000000-0000-0000-0000-000000000000/comments", {"body": "hello"}, 404),
        ("/v1/tokens", {"name": "ci", "scope": "write", "user": "00000000-0000-0000-0000-000000000000"}, 403),
    ],
)
def test_a_request_that_failed_leaves_its_key_free(as_user, rui, path, body, status):
    api = as_user(rui)
    failed = api.post(path, body, Idempotency_Key="k-1")
    assert not IdempotencyKey.objects.exists()
    corrected = api.post("/v1/incidents", BODY, Idempotency_Key="k-1")

    assert failed.status_code == status
    assert corrected.status_code == 201
    assert len(incidents(api)) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("path", "body", "at", "table"),
    [
        ("/v1/incidents", BODY, "AFTER INSERT", "incidents_event"),
        ("/v1/incidents/{}/comments", {"body": "b"}, "BEFORE UPDATE", "core_idempotency_key"),
    ],
)
def test_a_failure_after_the_writes_takes_them_and_the_key_back(as_user, rui, incident, path, body, at, table):
    api, path = as_user(rui), path.format(incident.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION pg_temp.fail() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'broken'; END$$;"
            f"CREATE TRIGGER fail {at} ON {table} EXECUTE FUNCTION pg_temp.fail()"
        )
        failed = api.post(path, body, Idempotency_Key="k-1")
        cursor.execute(f"DROP TRIGGER fail ON {table}")

    assert failed.status_code == 500
    assert [each["id"] for each in incidents(api)] == [str(incident.pk)]
    assert incident.events.count() == 1
    assert not IdempotencyKey.objects.exists()
    assert api.post(path, body, Idempotency_Key="k-1").status_code == 201


def test_a_secret_that_is_shown_once_is_neither_stored_nor_replayed(as_user, rui):
    api = as_user(rui)
    first = api.post("/v1/tokens", {"name": "ci", "scope": "write"}, Idempotency_Key="k-1")
    again = api.post("/v1/tokens", {"name": "ci", "scope": "write"}, Idempotency_Key="k-1")

    assert first.json()["token"] not in IdempotencyKey.objects.get().response
    assert again.json() == {name: value for name, value in first.json().items() if name != "token"}
    assert again["Idempotency-Replayed"] == "true"


def test_the_key_is_ignored_on_other_methods(as_user, rui, incident):
    api = as_user(rui)
    patched = [api.patch(f"/v1/incidents/{incident.pk}", {"title": title}, Idempotency_Key="a,b") for title in "xy"]
    read = api.get("/v1/incidents", Idempotency_Key="a,b")

    assert [answer.status_code for answer in [*patched, read]] == [200, 200, 200]
    assert patched[1].json()["title"] == "y"
    assert not IdempotencyKey.objects.exists()


def test_a_comment_is_replayed_and_written_once(as_user, rui, incident):
    api, path = as_user(rui), f"/v1/incidents/{incident.pk}/comments"
    first = api.post(path, {"body": "Looking"}, Idempotency_Key="k-1")
    again = api.post(path, {"body": "Looking"}, Idempotency_Key="k-1")

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.content == first.content
    assert incident.events.count() == 2


def test_a_replay_answers_though_the_incident_was_deleted(as_user, ada, incident):
    api, path = as_user(ada), f"/v1/incidents/{incident.pk}/comments"
    first = api.post(path, {"body": "Looking"}, Idempotency_Key="k-1")
    api.delete(f"/v1/incidents/{incident.pk}")
    again = api.post(path, {"body": "Looking"}, Idempotency_Key="k-1")

    assert again.status_code == 200
    assert again.content == first.content
