"""The event log as a person would tell it."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from console import markdown
from incidents import representation
from incidents.models import EventType, Status

Data = Mapping[str, Any]
Names = Mapping[str, str]

# Of all comments of a page together, newest first; what is beyond stays as it was typed.
RENDERED_CHARACTERS = 60_000
# Fields whose values are too long for a sentence.
LONG = frozenset({"description", "metadata"})


@dataclass(frozen=True, slots=True)
class Change:
    """One field of an UPDATED event that the sentence only names."""

    name: str
    before: str
    after: str
    is_long: bool


@dataclass(frozen=True, slots=True)
class Entry:
    id: uuid.UUID
    actor: dict[str, Any] | None
    sentence: SafeString
    note: str
    fields: tuple[str, ...]
    changes: list[Change]
    body: SafeString | None
    created_at: datetime
    request_id: str


def tell(rows: Iterable[Sequence[Any]], names: Names) -> list[Entry]:
    """`rows` hold querysets.EVENT_COLUMNS, newest first; `names` of everybody in `mentioned(rows)`."""
    left, told = RENDERED_CHARACTERS, []
    for row in rows:
        body = str(row[3].get("body", ""))
        left -= len(body)
        told.append(entry(row, names, markdown.render if left >= 0 else markdown.plain))
    return told


def entry(row: Sequence[Any], names: Names, render: Callable[[str], SafeString]) -> Entry:
    event_id, _, kind, data, request_id, created_at, *actor = row
    return Entry(
        id=event_id,
        actor=representation.person(*actor),
        sentence=SENTENCES[kind](data, names, str(actor[0])),
        note=data.get("note", ""),
        fields=("assignee",) if kind == EventType.ASSIGNED else tuple(data.get("changes", ())),
        changes=changes(data),
        body=render(data["body"]) if "body" in data else None,
        created_at=created_at,
        request_id=request_id,
    )


def mentioned(rows: Iterable[Sequence[Any]]) -> set[str]:
    """The ids of people whom events name beside their actor."""
    found = (row[3].get(end) for row in rows if row[2] == EventType.ASSIGNED for end in ("from", "to"))
    return {user_id for user_id in found if user_id}


def created(data: Data, names: Names, actor_id: str) -> SafeString:
    return format_html("opened this as {}", data["severity"])


def status_changed(data: Data, names: Names, actor_id: str) -> SafeString:
    verbs = {Status.ACK: "acknowledged this", Status.RESOLVED: "resolved this"}
    return format_html("{}", verbs.get(data["to"], f"changed the status to {data['to']}"))


def commented(data: Data, names: Names, actor_id: str) -> SafeString:
    return SafeString("commented")


def updated(data: Data, names: Names, actor_id: str) -> SafeString:
    """Short values stand in the sentence; `changes` has the others."""
    parts = [
        format_html("the {} from {} to {}", field, change["from"], change["to"])
        if field == "severity"
        else format_html("the {}", field)
        for field, change in sorted(data["changes"].items())
    ]
    return format_html("changed {}", format_html_join(" and ", "{}", ((part,) for part in parts)))


def assigned(data: Data, names: Names, actor_id: str) -> SafeString:
    before, after = (person(data[end], names) for end in ("from", "to"))
    if data["to"] is None:
        return format_html("took this from {}: nobody has it now", before)
    if data["to"] == actor_id:
        return format_html("took this over from {}", before) if data["from"] else SafeString("took this")
    if data["from"] is None:
        return format_html("assigned this to {}", after)
    return format_html("handed this over from {} to {}", before, after)


def person(user_id: str | None, names: Names) -> SafeString:
    return format_html("<bdi>{}</bdi>", names.get(user_id or "", "somebody"))


def changes(data: Data) -> list[Change]:
    return [
        Change(field, shown(change["from"]), shown(change["to"]), field in LONG)
        for field, change in sorted(data.get("changes", {}).items())
        if field != "severity"
    ]


def shown(value: Any) -> str:
    """A metadata object as it is edited, everything else as text."""
    if isinstance(value, str):
        return value
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode()


SENTENCES: dict[str, Callable[[Data, Names, str], SafeString]] = {
    EventType.CREATED: created,
    EventType.STATUS_CHANGED: status_changed,
    EventType.COMMENTED: commented,
    EventType.UPDATED: updated,
    EventType.ASSIGNED: assigned,
}
