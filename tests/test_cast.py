"""Whoever is put in for a test is as the service makes them."""

from collections import Counter
from typing import Any

from django.db import connection
from django.forms.models import model_to_dict

from tests import cast
from tests.test_rights import undone
from users.models import User

NEW = {"id", "target_id", "created_at", "updated_at"}
WRITTEN = "SELECT relname::text, n_tup_ins FROM pg_stat_xact_user_tables"


def written() -> Counter[str]:
    """How many rows this connection has lately put into each table, be they undone or not."""
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN)
        return Counter(dict(cursor.fetchall()))


def lasting(person: User) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name not in NEW} for row in cast.rows_of(person)]


def test_a_person_is_put_in_as_the_service_makes_them(db: None) -> None:
    cast.made.pop(("Kay", "viewer"), None)
    before = written()
    with undone():
        by_service = cast.person("Kay", "viewer")
        rows, between = lasting(by_service), written()

    person = cast.person("Kay", "viewer")

    assert lasting(person) == rows
    assert rows[1]["action"] == "user.created"
    assert written() - between == between - before
    assert model_to_dict(person) == model_to_dict(User.objects.get())
    assert by_service.created_at < person.created_at == person.updated_at
    assert by_service.pk != person.pk
