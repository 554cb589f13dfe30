"""Whoever and whatever is put in for a test is as the services make them."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.forms.models import model_to_dict

from tests import cast
from tests.test_rights import undone
from users.models import ApiToken, User

NEW = {"id", "target_id", "created_at", "updated_at", "prefix", "digest"}
WRITTEN = "SELECT relname::text, n_tup_ins FROM pg_stat_xact_user_tables"


def written() -> Counter[str]:
    """How many rows this connection has lately put into each table, be they undone or not."""
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN)
        return Counter(dict(cursor.fetchall()))


def lasting(row: Any) -> Any:
    """But for what is new each time."""
    kept = {name: value for name, value in row.items() if name not in NEW}
    return {**kept, "after": lasting(row["after"])} if "after" in row else kept


def described(thing: Model) -> list[Any]:
    return [lasting(row) for row in cast.rows_of(thing)]


def issued(owner: User) -> ApiToken:
    return ApiToken.objects.get(digest=ApiToken.digest_of(cast.token(owner, "write")))


@pytest.fixture
def owner(db: None) -> User:
    return cast.person("Olga", "admin")


@pytest.mark.parametrize(
    ("key", "make"), [(("Kay", "viewer"), lambda _owner: cast.person("Kay", "viewer")), (("token", "write"), issued)]
)
def test_what_is_put_in_is_as_the_service_makes_it(
    owner: User, key: tuple[str, str], make: Callable[[User], Model]
) -> None:
    cast.made.pop(key, None)
    before = written()
    with undone():
        by_service = make(owner)
        description, between = described(by_service), written()

    put_in = make(owner)

    assert described(put_in) == description
    assert written() - between == between - before
    assert put_in.pk != by_service.pk
    assert put_in.created_at > by_service.created_at
    assert model_to_dict(put_in) == model_to_dict(type(put_in).objects.get(pk=put_in.pk))


def test_the_token_of_one_is_not_that_of_another(owner: User, as_user: Any) -> None:
    other = cast.person("Kay", "viewer")

    assert [as_user(user).get("/v1/users/me").json()["name"] for user in (owner, other, owner)] == [
        "Olga",
        "Kay",
        "Olga",
    ]
    assert as_user(owner).headers != as_user(owner).headers
