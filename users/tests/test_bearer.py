"""Who calls, by token."""

import hashlib
from datetime import timedelta

import pytest
from django.db import connection

from core import clock
from users import services, tokens
from users.models import ApiToken
from users.tests.conftest import forbidden, unauthenticated

UNKNOWN = "inc_" + "x" * 40
WRONG = [
    "",
    "Bearer",
    "Bearer ",
    f"Bearer {UNKNOWN}",
    f"Bearer {UNKNOWN[:-1]}",
    f"Bearer {UNKNOWN} {UNKNOWN}",
    f"Bearer {UNKNOWN},Bearer {UNKNOWN}",
    "Bearer inc_" + "é" * 40,
    "Bearer " + "x" * 10_000,
    f"Basic {UNKNOWN}",
    f"Token {UNKNOWN}",
    UNKNOWN,
]


def use(secret, api, path="/v1/users", **headers):
    return api.get(path, Authorization=f"Bearer {secret}", **headers)


@pytest.mark.parametrize("anonymous_role", ["", "admin"])
@pytest.mark.parametrize("header", WRONG)
def test_a_wrong_credential_is_refused_even_where_none_is_needed(as_user, db, settings, header, anonymous_role):
    settings.API_ANONYMOUS_ROLE = anonymous_role

    assert unauthenticated(as_user().get("/v1/users", Authorization=header))


@pytest.mark.parametrize("path", ["/v1/nowhere", "/v1/users/me"])
def test_a_wrong_credential_is_refused_before_the_path_and_the_method_are_looked_at(as_user, db, path):
    assert unauthenticated(as_user().delete(path, Authorization=f"Bearer {UNKNOWN}"))


def test_no_credentials_are_refused_after_the_path_and_the_method(as_user, db):
    assert as_user().get("/v1/nowhere").status_code == 404
    assert as_user().delete("/v1/users/me").status_code == 405
    assert unauthenticated(as_user().get("/v1/users/me"))


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_may_be_written_in_any_case(as_user, rui, scheme):
    secret = tokens.issue_token(rui, name="t", scope="read", actor=None)[1]

    response = as_user().get("/v1/users/me", Authorization=f"{scheme} {secret}")

    assert response.json()["id"] == str(rui.pk)


@pytest.mark.parametrize("anonymous_role", ["", "admin"])
def test_a_token_ends_when_it_expires(as_user, rui, settings, anonymous_role):
    settings.API_ANONYMOUS_ROLE = anonymous_role
    token, secret = tokens.issue_token(rui, name="t", scope="read", actor=None, expires_at=later(minutes=1))
    assert use(secret, as_user()).status_code == 200

    ApiToken.objects.filter(pk=token.pk).update(expires_at=later(seconds=-1))

    assert unauthenticated(use(secret, as_user()))


@pytest.mark.parametrize("anonymous_role", ["", "admin"])
def test_a_token_ends_when_it_is_revoked(as_user, rui, settings, anonymous_role):
    settings.API_ANONYMOUS_ROLE = anonymous_role
    token, secret = tokens.issue_token(rui, name="t", scope="read", actor=None)
    assert use(secret, as_user()).status_code == 200

    tokens.revoke_token(token.pk, actor=None)

    assert unauthenticated(use(secret, as_user()))


def test_a_token_whose_owner_is_inactive_is_refused(as_user, rui, settings):
    settings.API_ANONYMOUS_ROLE = "admin"
    token, secret = tokens.issue_token(rui, name="t", scope="read", actor=None)
    services.edit_user(rui.pk, actor=None, is_active=False)
    ApiToken.objects.filter(pk=token.pk).update(revoked_at=None)  # so that the owner alone is what is wrong

    assert unauthenticated(use(secret, as_user()))


def test_a_token_wins_over_the_session_and_then_no_csrf_token_is_asked_for(in_session, ada, rui, vera):
    browser = in_session(ada, csrf=False)
    rui_s, vera_s = (tokens.issue_token(u, name="t", scope="write", actor=None)[1] for u in (rui, vera))
    incident = {"title": "t", "severity": "P1"}

    opened = browser.post("/v1/incidents", incident, Authorization=f"Bearer {rui_s}")

    assert opened.status_code == 201
    assert opened.json()["created_by"]["id"] == str(rui.pk)
    assert forbidden(browser.post("/v1/incidents", incident, Authorization=f"Bearer {vera_s}"))
    assert unauthenticated(browser.get("/v1/users", Authorization=f"Bearer {UNKNOWN}"))


def test_a_role_counts_from_the_next_call_on(as_user, rui):
    api = as_user(rui)
    incident = {"title": "t", "severity": "P1"}
    assert api.post("/v1/incidents", incident).status_code == 201

    services.edit_user(rui.pk, actor=None, role="viewer")

    assert forbidden(api.post("/v1/incidents", incident))
    assert api.get("/v1/incidents").status_code == 200


def test_the_last_use_is_noted_once_a_minute_to_the_minute(as_user, rui):
    token, secret = tokens.issue_token(rui, name="t", scope="read", actor=None)
    assert token.last_used_at is None
    use(secret, as_user(), "/v1/users/me")

    token.refresh_from_db()
    assert (token.last_used_at.second, token.last_used_at.microsecond) == (0, 0)
    assert timedelta(0) <= clock.now() - token.last_used_at <= timedelta(seconds=61)

    before = later(minutes=-5)
    ApiToken.objects.update(last_used_at=before)
    use(secret, as_user(), "/v1/users/me")
    token.refresh_from_db()
    assert token.last_used_at > before + timedelta(minutes=3)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_cannot_write_still_lets_a_token_read(as_user, rui, caplog):
    api = as_user(rui, "read")
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    try:
        response = api.get("/v1/users/me")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = off")

    assert response.status_code == 200
    assert "token_use_not_noted" in caplog.text


def test_only_the_sha_256_of_a_token_is_stored(rui):
    token, secret = tokens.issue_token(rui, name="t", scope="read", actor=None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT digest, row_to_json(t)::text FROM users_api_token t WHERE id = %s", [token.pk])
        digest, row = cursor.fetchone()

    assert bytes(digest) == hashlib.sha256(secret.encode()).digest()
    assert secret[:10] in row  # the prefix by which people know it
    assert secret[10:] not in row


def test_a_token_is_recognised_by_one_query_and_noted_by_another(as_user, rui, django_assert_num_queries):
    api = as_user(rui)
    with django_assert_num_queries(2):
        api.get("/v1/nothing")
    ApiToken.objects.update(last_used_at=later(minutes=5))  # noted for this minute and the next
    with django_assert_num_queries(1):
        api.get("/v1/nothing")


def later(**time):
    return clock.now() + timedelta(**time)
