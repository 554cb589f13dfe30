"""A token never does more than its owner, nor than the token that made it."""

from datetime import timedelta

import pytest

from core import clock
from users import tokens
from users.models import ApiToken
from users.tests.conftest import forbidden, invalid

SCOPES = ["read", "write", "admin"]
INCIDENT = {"title": "t", "severity": "P1"}


def later(**time):
    return (clock.now() + timedelta(**time)).replace(microsecond=0)


@pytest.fixture
def ending(as_user):
    """`ending(rui, days=1)` is the API with a token of Rui's that ends in a day."""

    def make(user, **time):
        api = as_user()
        secret = tokens.issue_token(user, name="t", scope="write", actor=None, expires_at=later(**time))[1]
        api.headers["Authorization"] = f"Bearer {secret}"
        return api

    return make


@pytest.mark.parametrize("asked", SCOPES)
@pytest.mark.parametrize("own", ["write", "admin"])
def test_a_token_made_with_a_token_has_at_most_its_scope(as_user, ada, own, asked):
    response = as_user(ada, own).post("/v1/tokens", {"name": "t", "scope": asked})

    if SCOPES.index(asked) > SCOPES.index(own):
        assert forbidden(response)
        assert ApiToken.objects.count() == 1
    else:
        assert response.json()["scope"] == asked


@pytest.mark.parametrize("asked", SCOPES)
def test_a_session_makes_tokens_of_every_scope(in_session, vera, asked):
    assert in_session(vera).post("/v1/tokens", {"name": "t", "scope": asked}).json()["scope"] == asked


@pytest.mark.parametrize("person", ["vera", "rui"])
def test_a_scope_above_the_owners_role_gives_nothing(as_user, in_session, request, person):
    user = request.getfixturevalue(person)
    secret = in_session(user).post("/v1/tokens", {"name": "t", "scope": "admin"}).json()["token"]
    api = as_user()
    api.headers["Authorization"] = f"Bearer {secret}"

    assert forbidden(api.get("/v1/audit"))
    assert api.post("/v1/incidents", INCIDENT).status_code == (403 if person == "vera" else 201)


@pytest.mark.parametrize("body", [{}, {"expires_at": None}])
def test_a_token_made_with_one_that_ends_ends_with_it(ending, rui, body):
    api = ending(rui, days=1)

    made = api.post("/v1/tokens", {"name": "t", "scope": "read", **body}).json()

    assert made["expires_at"] == clock.rfc3339(ApiToken.objects.earliest("created_at").expires_at)


def test_it_may_end_earlier_but_not_later(ending, rui):
    api = ending(rui, days=1)
    own_end = ApiToken.objects.get().expires_at
    before, after = (clock.rfc3339(own_end + timedelta(seconds=seconds)) for seconds in (-1, 1))
    body = {"name": "t", "scope": "read"}

    assert api.post("/v1/tokens", {**body, "expires_at": before}).json()["expires_at"] == before
    assert invalid(api.post("/v1/tokens", {**body, "expires_at": after}), "expires_at")


def test_an_admins_token_that_ends_makes_no_lasting_one_for_somebody_else(ending, ada, rui):
    api = ending(ada, days=1)
    ApiToken.objects.update(scope="admin")

    made = api.post("/v1/tokens", {"name": "t", "scope": "read", "user": str(rui.pk)}).json()

    assert made["expires_at"] == clock.rfc3339(ApiToken.objects.earliest("created_at").expires_at)


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("2999-01-01T00:00:00Z", "2999-01-01T00:00:00.000000Z"),
        ("2999-01-01T02:00:00.5+02:00", "2999-01-01T00:00:00.500000Z"),
        ("2999-01-01t00:00:00z", "2999-01-01T00:00:00.000000Z"),
        (None, None),
    ],
)
def test_an_end_is_a_time_with_its_offset(as_user, rui, asked, shown):
    made = as_user(rui).post("/v1/tokens", {"name": "t", "scope": "read", "expires_at": asked}).json()

    assert made["expires_at"] == shown


NO_ENDS = ["2020-01-01T00:00:00Z", "2999-01-01", "2999-01-01T00:00:00", "2999-13-01T00:00:00Z", "2999-01-01T24:00:00Z"]
NO_ENDS += ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "99999-01-01T00:00:00Z", "tomorrow", ""]


@pytest.mark.parametrize("asked", [*NO_ENDS, 1, True, []])
def test_an_end_that_has_passed_or_is_no_time_is_refused(as_user, rui, asked):
    response = as_user(rui).post("/v1/tokens", {"name": "t", "scope": "read", "expires_at": asked})

    assert invalid(response, "expires_at")
