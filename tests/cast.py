"""The named cast: the service makes each of them once in a process, and from then on they are put in as it made them.

Most tests begin with one of them, and one statement takes a fourth of the time of the service's six.
"""

import json
from typing import Any

from django.db import connection
from django.db.models import Model
from uuid_utils.compat import uuid7

from users import services
from users.models import AuditEntry, User

made: dict[tuple[str, str], list[dict[str, Any]]] = {}


def columns(model: type[Model], but: tuple[str, ...] = ()) -> str:
    return ", ".join(field.column for field in model._meta.concrete_fields if field.column not in but)


NOW = ("created_at", "updated_at")  # which the database says
OF_USER, OF_ENTRY = columns(User, NOW), columns(AuditEntry, NOW)
AS_MADE = """
SELECT to_jsonb(u)::text, to_jsonb(e)::text FROM users_user u JOIN users_audit_entry e ON e.target_id = u.id
WHERE u.email = %s
"""
PUT_IN = f"""
WITH person AS (
  INSERT INTO users_user ({OF_USER}) SELECT {OF_USER} FROM jsonb_populate_record(NULL::users_user, %s::jsonb)
  RETURNING *
), entry AS (
  INSERT INTO users_audit_entry ({OF_ENTRY})
  SELECT {OF_ENTRY} FROM jsonb_populate_record(NULL::users_audit_entry, %s::jsonb)
)
SELECT {columns(User)} FROM person
"""  # noqa: S608  put together from constants


def person(name: str, role: str) -> User:
    if (name, role) in made:
        return put_in(*made[name, role])
    user = services.create_user(email=f"{name.lower()}@example.com", name=name, role=role, actor=None)
    made[name, role] = rows_of(user)
    return user


def rows_of(person: User) -> list[dict[str, Any]]:
    """The person's, and what the audit log says of them."""
    with connection.cursor() as cursor:
        cursor.execute(AS_MADE, [person.email])
        return [json.loads(row) for row in cursor.fetchone()]


def put_in(user: dict[str, Any], entry: dict[str, Any]) -> User:
    new = str(uuid7())
    rows = {**user, "id": new}, {**entry, "id": str(uuid7()), "target_id": new}
    with connection.cursor() as cursor:
        cursor.execute(PUT_IN, [json.dumps(row) for row in rows])
        return User.from_db("default", columns(User).split(", "), cursor.fetchone())
