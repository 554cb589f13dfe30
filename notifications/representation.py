"""Webhooks and deliveries as the API shows them. A secret stands in none of these."""

import re
from collections.abc import Iterable
from typing import Any

import orjson

from core.clock import rfc3339, rfc3339_or_none
from notifications import payload
from notifications.models import Endpoint, Entry, Happening, Kind, State
from users.serializers import person_out

DELIVERY_COLUMNS = (
    "id",
    "key",
    "type",
    "kind",
    "endpoint_id",
    "endpoint__is_active",
    "target",
    "incident_id",
    "state",
    "attempts",
    "attempt_id",
    "due_at",
    "request_id",
    "created_at",
    "finished_at",
)
ATTEMPTS = (Happening.ATTEMPTED, Happening.LATE)
OF_AN_EVENT = re.compile(r"\w+:([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})")

Row = tuple[Any, ...]


def webhook(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "id": endpoint.pk,
        "url": endpoint.url,
        "description": endpoint.description,
        "events": endpoint.events,
        "severities": endpoint.severities,
        "is_active": endpoint.is_active,
        "disabled_reason": endpoint.disabled_reason or None,
        "created_at": rfc3339(endpoint.created_at),
        "updated_at": rfc3339(endpoint.updated_at),
    }


def delivery(row: Row) -> dict[str, Any]:
    """`row` holds DELIVERY_COLUMNS: not the payload, which is long."""
    one = dict(zip(DELIVERY_COLUMNS, row, strict=True))
    is_pending = one["state"] == State.PENDING
    is_parked = is_pending and one["endpoint__is_active"] is False
    waits = is_pending and not is_parked and one["attempt_id"] is None
    return {
        "id": one["id"],
        "webhook": one["endpoint_id"] if one["kind"] == Kind.WEBHOOK else None,
        "kind": one["kind"],
        "event": one["type"],
        "event_id": event_id(one["key"]),
        "incident": one["incident_id"],
        "target": one["target"],
        "state": one["state"],
        "parked": is_parked,
        "attempt_count": one["attempts"],
        "next_attempt_at": rfc3339(one["due_at"]) if waits else None,
        "request_id": one["request_id"],
        "created_at": rfc3339(one["created_at"]),
        "finished_at": rfc3339_or_none(one["finished_at"]),
    }


def event_id(key: str) -> str | None:
    """The `webhook-id`; None of a delivery that tells of no single event, such as a summary."""
    match = OF_AN_EVENT.fullmatch(key)
    return payload.event_id(match[1]) if match else None


def details(row: Row, sent: str, entries: Iterable[Entry]) -> dict[str, Any]:
    """With what is sent, and `entries`, oldest first."""
    told = list(entries)
    return delivery(row) | {
        "payload": orjson.loads(sent),
        "attempts": [attempt(entry) for entry in told if entry.type in ATTEMPTS],
        "history": [happening(entry) for entry in told],
    }


def attempt(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "status": entry.status,
        "duration_ms": entry.duration_ms,
        "answer": entry.answer,
        "error": entry.note or None,
        "created_at": rfc3339(entry.created_at),
    }


def happening(entry: Entry) -> dict[str, Any]:
    return {
        "type": entry.type,
        "number": entry.number,
        "actor": person_out(entry.actor),
        "note": entry.note,
        "created_at": rfc3339(entry.created_at),
    }
