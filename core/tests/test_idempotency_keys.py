"""Which Idempotency-Keys are well formed, and how long one counts."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from core.models import IdempotencyKey

BODY = {"title": "Disk full on db-7", "severity": "P1"}
VISIBLE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in ',"\\')


@pytest.mark.parametrize(
    "key", ["k", "8e03978e-40d5-43dd-bc93-6894a57f9324", VISIBLE, "k" * 255, '"quoted"', "  padded\t", "'"]
)
def test_a_well_formed_key_is_taken(as_user, rui, key):
    first, again = (as_user(rui).post("/v1/incidents", BODY, Idempotency_Key=key) for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 200)


@pytest.mark.parametrize(
    "key",
    [
        *("", " ", "\t", '""', '"', "k" * 256, '"' + "k" * 256 + '"', "a,b", "a, b", "a b", "a\tb"),
        *('a"b', '"a"b"', "a\\b", '"a\\"b"', "\x01", "a\x7f", "a\r\nb", "\0", "é", "\x80", "ÿ"),
    ],
)
def test_a_malformed_key_is_refused_and_nothing_runs(as_user, rui, key):
    api = as_user(rui)
    response = api.post("/v1/incidents", BODY, Idempotency_Key=key)

    assert response.status_code == 400
    assert response.json()["code"] == "VALIDATION_ERROR"
    assert list(response.json()["details"]) == ["Idempotency-Key"]
    assert api.get("/v1/incidents").json()["results"] == []
    assert not IdempotencyKey.objects.exists()


def test_a_quoted_key_is_the_same_key(as_user, rui):
    api = as_user(rui)
    answers = [api.post("/v1/incidents", BODY, Idempotency_Key=key) for key in ("k-1", '"k-1"', " k-1 ")]

    assert [answer.status_code for answer in answers] == [201, 200, 200]


def test_keys_differ_by_case(as_user, rui):
    answers = [as_user(rui).post("/v1/incidents", BODY, Idempotency_Key=key) for key in ("k", "K")]

    assert [answer.status_code for answer in answers] == [201, 201]


def age(**ago: float) -> None:
    """Let the stored keys have been stored so long ago."""
    with connection.cursor() as cursor:
        past = timedelta(**ago)
        cursor.execute(
            "UPDATE core_idempotency_key SET created_at = created_at - %s, expires_at = expires_at - %s", [past, past]
        )


def test_a_key_counts_for_24_hours_and_not_longer(as_user, rui):
    api = as_user(rui)
    first = api.post("/v1/incidents", BODY, Idempotency_Key="k-1")
    age(hours=23, minutes=59)
    within = api.post("/v1/incidents", BODY, Idempotency_Key="k-1")
    age(minutes=1)
    after = api.post("/v1/incidents", BODY, Idempotency_Key="k-1")

    assert [answer.status_code for answer in (first, within, after)] == [201, 200, 201]
    assert after.json()["id"] != first.json()["id"]


def test_an_expired_key_is_new_for_another_request_and_then_replays_that(as_user, rui):
    api, other = as_user(rui), {**BODY, "severity": "P3"}
    api.post("/v1/incidents", BODY, Idempotency_Key="k-1")
    age(hours=24)
    new = api.post("/v1/incidents", other, Idempotency_Key="k-1")
    replayed = api.post("/v1/incidents", other, Idempotency_Key="k-1")
    conflict = api.post("/v1/incidents", BODY, Idempotency_Key="k-1")

    assert [answer.status_code for answer in (new, replayed, conflict)] == [201, 200, 409]
    assert replayed.content == new.content
    assert IdempotencyKey.objects.count() == 1


def test_a_failure_with_an_expired_key_leaves_it_expired(as_user, rui):
    api = as_user(rui)
    api.post("/v1/incidents", BODY, Idempotency_Key="k-1")
    age(hours=24)
    failed = api.post("/v1/incidents", {"title": "no severity"}, Idempotency_Key="k-1")
    new = api.post("/v1/incidents", BODY, Idempotency_Key="k-1")

    assert (failed.status_code, new.status_code) == (400, 201)


def test_the_setting_says_how_long(as_user, rui, settings):
    settings.IDEMPOTENCY_KEY_EXPIRY_HOURS = 2
    api = as_user(rui)
    api.post("/v1/incidents", BODY, Idempotency_Key="k-1")
    age(hours=2)

    assert api.post("/v1/incidents", BODY, Idempotency_Key="k-1").status_code == 201


def stored(count: int, **expired_for: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_idempotency_key (principal, key, fingerprint, expires_at)"
            " SELECT 'p', gen_random_uuid()::text, 'v1:', now() - %s FROM generate_series(1, %s)",
            [timedelta(**expired_for), count],
        )


@pytest.mark.django_db
@pytest.mark.parametrize("batch_size", [1, 3, 7, 5000])
def test_the_purge_deletes_what_has_expired_and_says_how_many(capsys, batch_size):
    stored(7, hours=1)
    stored(2, hours=-1)
    call_command("purge_idempotency_keys", batch_size=batch_size)

    assert capsys.readouterr().out == "7 expired keys deleted.\n"
    assert IdempotencyKey.objects.count() == 2


@pytest.mark.django_db
def test_a_dry_run_only_says_how_many(capsys):
    stored(7, hours=1)
    stored(2, hours=-1)
    call_command("purge_idempotency_keys", "--dry-run")

    assert capsys.readouterr().out == "7 expired keys would be deleted.\n"
    assert IdempotencyKey.objects.count() == 9


@pytest.mark.parametrize("batch_size", ["0", "-1", "many"])
def test_a_batch_size_that_is_none_is_an_error(batch_size):
    with pytest.raises(CommandError, match="--batch-size"):
        call_command("purge_idempotency_keys", "--batch-size", batch_size)
