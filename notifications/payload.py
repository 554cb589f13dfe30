"""What goes out of an event, as API.md shows it: one text for all who get it, kept with each delivery."""

from typing import Any

import orjson
from uuid_utils.compat import uuid7

from core.clock import now, rfc3339
from incidents.history import Moment
from notifications.models import Delivery, EventName

NAMES = {name.removeprefix("incident.").upper(): name for name in EventName.values if name != EventName.PING}
MOST_BYTES = 20_000
SHORT = 1_000


def of(moment: Moment) -> bytes:
    """At most MOST_BYTES: beyond that the long texts are cut, and `truncated` says so."""
    body = {
        "id": event_id(str(moment.event["id"])),
        "type": NAMES[moment.type],
        "timestamp": moment.event["created_at"],
        "data": {"event": moment.event, "incident": moment.incident},
    }
    whole = orjson.dumps(body)
    if len(whole) <= MOST_BYTES:
        return whole
    short = {"event": cut(moment.event), "incident": cut(moment.incident)}
    return orjson.dumps(body | {"data": short, "truncated": True})


def delivery(moment: Moment, text: str, **to: Any) -> Delivery:
    """Of `text`, which is the same for all; `to` says whom, by which way and how urgent."""
    return Delivery(
        key=f"event:{moment.event['id']}",
        incident_id=moment.incident_id,
        sequence=moment.event["sequence"],
        payload=text,
        request_id=moment.event["request_id"],
        **to,
    )


def apart(type: str, data: dict[str, Any], **to: Any) -> Delivery:
    """Of what is no event of an incident. Give it a key where it must not be told twice."""
    id = uuid7()
    key = f"{type.rpartition('.')[2]}:{id}"
    body = {"id": event_id(str(id)), "type": type, "timestamp": rfc3339(now()), "data": data}
    return Delivery(**{"id": id, "key": key, "type": type, "payload": orjson.dumps(body).decode(), **to})


def event_id(id: str) -> str:
    """Also the `webhook-id`: the same over retries, and for whatever endpoint."""
    return f"evt_{id.replace('-', '')}"


def cut(value: Any) -> Any:
    """Texts shortened, and metadata left out, which is free JSON of any form."""
    if isinstance(value, str):
        return value if len(value) <= SHORT else f"{value[:SHORT]}…"
    if isinstance(value, dict):
        return {key: {} if key == "metadata" else cut(inner) for key, inner in value.items()}
    return value
