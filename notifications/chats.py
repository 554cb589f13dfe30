"""Writes: the channels that are not webhooks. Administrators' business, which the callers see to."""

import uuid
from collections.abc import Mapping
from typing import Any

import orjson

from core import lookups
from core.errors import Invalid, NotFound
from core.sealing import Unreadable
from notifications import services
from notifications.channels import fields, options
from notifications.models import Endpoint, Kind
from users.models import User


def create_channel(kind: str, values: Mapping[str, Any], *, actor: User | None, **more: Any) -> Endpoint:
    """`values` as fields.FIELDS asks for them; `more`: its name as `description`, `events`, `severities`, `is_active`.
    Invalid, naming the field, for what does not fit."""
    return store_channel(kind, fields.check(kind, values), actor=actor, **more)


def store_channel(kind: str, checked: Mapping[str, str], *, actor: User | None, **more: Any) -> Endpoint:
    """`checked` by fields.check, which asks for a name's address: whoever has a transaction open does that before."""
    return services.create_endpoint(kind=kind, secret=orjson.dumps(checked).decode(), actor=actor, **more)


def edit_channel(endpoint_id: uuid.UUID, values: Mapping[str, Any], *, actor: User | None, **changes: Any) -> Endpoint:
    """Of `values` those that are given change. A secret that is given empty stays, and goes when it is None."""
    endpoint = lookups.one(Endpoint.objects.exclude(kind=Kind.WEBHOOK), endpoint_id, NotFound)
    before = settings_of(endpoint)
    after = fields.check(endpoint.kind, merged(endpoint.kind, before, values))
    secret = orjson.dumps(after).decode() if after != before else None
    return services.edit_endpoint(endpoint_id, actor=actor, secret=secret, **changes)


def shown(endpoint: Endpoint) -> dict[str, str]:
    """Of its settings what is no secret, by the names of fields.FIELDS."""
    return fields.shown(endpoint.kind, settings_of(endpoint))


def settings_of(endpoint: Endpoint) -> dict[str, str]:
    """None where they were sealed with a key that is gone: they have to be given again."""
    try:
        return options.read(endpoint.secret)
    except Unreadable:
        return {}


def merged(kind: str, before: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    """Raises Invalid when secrets would go to an address that they were not given for."""
    blank = {each.name for each in fields.FIELDS[kind] if each.is_secret and values.get(each.name) == ""}
    given = {name: value for name, value in values.items() if name not in blank}
    kept = [each.name for each in fields.FIELDS[kind] if each.is_secret and each.name in before.keys() - given.keys()]
    if given.get("url", before.get("url")) != before.get("url") and kept:
        raise Invalid(details={name: ["Give it again, since the address changes."] for name in kept})
    return {name: value for name, value in {**before, **given}.items() if value is not None}
