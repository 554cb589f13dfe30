"""The named cast and their tokens: services make one of each in a process, and the next are put in as that one was.

Most tests begin with some, and one statement takes a fourth of the time of a service's six.
"""

import json
import secrets
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Model
from uuid_utils.compat import uuid7

from users import services, tokens
from users.models import ApiToken, AuditEntry, User

Row = dict[str, Any]
made: dict[tuple[str, str], tuple[Row, Row]] = {}


def person(name: str, role: str) -> User:
    if (name, role) not in made:
        user = services.create_user(email=f"{name.lower()}@example.com", name=name, role=role, actor=None)
        made[name, role] = rows_of(user)
        return user
    user, entry = made[name, role]
    new = str(uuid7())
    return User.from_db("default", columns(User), put_in(User, {**user, "id": new}, {**entry, "target_id": new}))


def token(owner: User, scope: str) -> str:
    """Its secret."""
    if ("token", scope) not in made:
        issued, secret = tokens.issue_token(owner, name="test", scope=scope, actor=None)
        made["token", scope] = rows_of(issued)
        return secret
    row, entry = made["token", scope]
    secret, new, user = f"inc_{secrets.token_hex(tokens.SECRET_LENGTH // 2)}", str(uuid7()), str(owner.pk)
    prefix, digest = secret[: tokens.PREFIX_LENGTH], rf"\x{ApiToken.digest_of(secret).hex()}"
    after = {**entry["after"], "prefix": prefix, "user": user}
    row = {**row, "id": new, "user_id": user, "prefix": prefix, "digest": digest}
    put_in(ApiToken, row, {**entry, "target_id": new, "after": after})
    return secret


def rows_of(thing: Model) -> tuple[Row, Row]:
    """Its own, and what the audit log says of it."""
    query = f"SELECT to_jsonb(t)::text, to_jsonb(e)::text FROM {thing._meta.db_table} t, users_audit_entry e"  # noqa: S608  a name of ours
    with connection.cursor() as cursor:
        cursor.execute(f"{query} WHERE t.id = %s AND e.target_id = t.id", [thing.pk])
        own, entry = map(json.loads, cursor.fetchone())
        return own, entry


def put_in(model: type[Model], row: Row, entry: Row) -> tuple[Any, ...]:
    """The columns of the new row."""
    with connection.cursor() as cursor:
        cursor.execute(statement(model), [json.dumps({**entry, "id": str(uuid7())}), json.dumps(row)])
        return cursor.fetchone()


@cache
def statement(model: type[Model]) -> str:
    return f"WITH entry AS ({insert(AuditEntry)}) {insert(model)} RETURNING {', '.join(columns(model))}"


def insert(model: type[Model]) -> str:
    """All but the times, which the database says."""
    table, told = model._meta.db_table, ", ".join(set(columns(model)) - {"created_at", "updated_at"})
    return f"INSERT INTO {table} ({told}) SELECT {told} FROM jsonb_populate_record(NULL::{table}, %s::jsonb)"  # noqa: S608  names of ours


@cache
def columns(model: type[Model]) -> list[str]:
    return [field.column for field in model._meta.concrete_fields]
