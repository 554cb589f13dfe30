"""Whether a stream's caller would still be let in: every way to lose that is found, and nobody else is sent away."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import override_settings

from core import clock
from users import services, standing, tokens
from users.models import ApiToken


@pytest.fixture
def token(rui):
    return tokens.issue_token(rui, name="t", scope="read", actor=None)[0]


@pytest.fixture
def session(rui):
    store = SessionStore()
    store[SESSION_KEY], store[HASH_SESSION_KEY] = str(rui.pk), rui.get_session_auth_hash()
    store.create()
    return standing.Session(store.session_key, rui.pk, rui.get_session_auth_hash())


def deactivate(rui, token, session):
    services.edit_user(rui.pk, actor=None, is_active=False)


def revoke(rui, token, session):
    tokens.revoke_token(token.pk, actor=None)


def expire(rui, token, session):
    ApiToken.objects.filter(pk=token.pk).update(expires_at=clock.now() - timedelta(seconds=1))


def log_out(rui, token, session):
    SessionStore(session.key).delete()


def change_password(rui, token, session):
    services.edit_user(rui.pk, actor=None, password="another long sentence of mine")


@override_settings(REQUIRE_SECOND_FACTOR=("responder",))
def test_a_session_without_the_second_factor_that_is_required_by_now_is_found_and_its_tokens_are_not(
    rui, token, session
):
    assert standing.lost([standing.Token(token.pk), session]) == {session}

    Authenticator.objects.create(user=rui, type=Authenticator.Type.TOTP, data={})

    assert standing.lost([standing.Token(token.pk), session]) == set()


@pytest.mark.parametrize(
    ("happens", "loses_token", "loses_session"),
    [
        (revoke, True, False),
        (expire, True, False),
        (log_out, False, True),
        (change_password, False, True),
        (deactivate, True, True),
    ],
)
def test_who_may_not_read_any_more_is_found(rui, ada, token, session, happens, loses_token, loses_session):
    others = standing.Token(tokens.issue_token(ada, name="t", scope="read", actor=None)[0].pk)
    happens(rui, token, session)

    lost = standing.lost([standing.Token(token.pk), session, others])

    assert (standing.Token(token.pk) in lost, session in lost) == (loses_token, loses_session)
    assert others not in lost


def test_it_costs_three_queries_however_many_there_are(rui, token, session, django_assert_num_queries):
    more = [standing.Token(tokens.issue_token(rui, name="t", scope="read", actor=None)[0].pk) for _ in range(5)]

    with django_assert_num_queries(3):
        assert standing.lost([standing.Token(token.pk), session, *more]) == set()
