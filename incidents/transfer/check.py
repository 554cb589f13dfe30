"""What may stand in a line of the file: all that the service itself could have written, and nothing else."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

import orjson

from core import clock, parsers, views
from core.errors import Invalid
from core.parsers import MAX_INTEGER
from incidents.models import EventType, Severity, Status

LONGEST_TEXT = 20_000
MOST_METADATA_BYTES = 16 * 1024
EMAIL = re.compile(r"[^@\s]+@[^@\s]+")

Rule = tuple[Callable[[Any], bool], str]  # what it must be, for programs and for people
Entry = dict[str, Any]


def text(least: int, most: int) -> Rule:
    return (
        lambda value: isinstance(value, str) and least <= len(value) <= most
    ), f"text of {least} to {most} characters"


def one_of(*known: str) -> Rule:
    return (lambda value: isinstance(value, str) and value in known), f"one of {', '.join(known)}"


def or_null(rule: Rule) -> Rule:
    is_fit, said = rule
    return (lambda value: value is None or is_fit(value)), f"{said}, or null"


def passes(check: Callable[[str, Any], object], value: Any) -> bool:
    try:
        check("", value)
    except Invalid:
        return False
    return True


def is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_INTEGER


def is_metadata(value: Any) -> bool:
    return isinstance(value, dict) and len(orjson.dumps(value)) <= MOST_METADATA_BYTES


ID: Rule = (lambda value: isinstance(value, str) and bool(views.UUID.fullmatch(value))), "a UUID"
COUNT: Rule = is_count, "a whole number from 1 to 2^53 - 1"
TIME: Rule = (lambda value: isinstance(value, str) and passes(clock.parse, value)), "a time as RFC 3339 writes it"
OBJECT: Rule = (lambda value: isinstance(value, dict)), "an object"
LIST: Rule = (lambda value: isinstance(value, list)), "a list"
PARTED = (OBJECT, LIST)  # whose parts are looked at each by its own rule
SEVERITY, STATUS = one_of(*Severity.values), one_of(*Status.values)
TITLE: Rule = (
    (lambda value: isinstance(value, str) and len(value) <= 200 and bool(value.strip())),
    "text of 1 to 200 characters, not blank",
)

LINE = {"incident": OBJECT, "events": LIST, "people": LIST}
INCIDENT = {
    "id": ID,
    "number": COUNT,
    "title": TITLE,
    "description": text(0, LONGEST_TEXT),
    "severity": SEVERITY,
    "status": STATUS,
    "metadata": (is_metadata, "an object of at most 16 KiB"),
    "created_by": or_null(ID),
    "assignee": or_null(ID),
    "version": COUNT,
    "created_at": TIME,
    "updated_at": TIME,
    "acknowledged_at": or_null(TIME),
    "resolved_at": or_null(TIME),
}
EVENT = {
    "id": ID,
    "sequence": COUNT,
    "type": one_of(*EventType.values),
    "actor": or_null(ID),
    "data": OBJECT,
    "request_id": text(0, 128),
    "created_at": TIME,
}
PERSON = {
    "id": ID,
    "email": (
        (lambda value: isinstance(value, str) and len(value) <= 254 and bool(EMAIL.fullmatch(value))),
        "an e-mail address",
    ),
    "name": text(1, 100),
}
DATA: Mapping[str, Mapping[str, Rule]] = {
    EventType.CREATED: {"title": TITLE, "severity": SEVERITY},
    EventType.STATUS_CHANGED: {"from": STATUS, "to": STATUS, "note": text(0, LONGEST_TEXT)},
    EventType.COMMENTED: {"body": text(1, LONGEST_TEXT)},
    EventType.UPDATED: {"changes": OBJECT},
    EventType.ASSIGNED: {"from": or_null(ID), "to": or_null(ID)},
}

# Whether there is a time of the acknowledgement, and one of the resolution.
TIMES: Mapping[str, list[tuple[bool, bool]]] = {
    Status.OPEN: [(False, False)],
    Status.ACK: [(True, False)],
    Status.RESOLVED: [(False, True), (True, True)],
}


def parsed(raw: bytes) -> Any:
    """As strictly as a body of the API. Raises Invalid."""
    try:
        return json.loads(
            raw.decode(),
            object_pairs_hook=parsers.without_duplicates,
            parse_constant=parsers.refuse_constant,
            parse_int=parsers.integer,
        )
    except (ValueError, RecursionError):
        raise parsers.whole("This is not valid JSON in UTF-8.") from None


def problems(line: Any) -> Iterator[str]:
    """What is wrong with it. Where there is nothing, it is an Entry."""
    found = [*of_parts(line)]
    yield from found or [*of_the_whole(line)]


def of_parts(line: Any) -> Iterator[str]:
    found = [*misfits("line", line, LINE)]
    if found:
        yield from found
        return
    yield from misfits("incident", line["incident"], INCIDENT)
    for place, person in enumerate(line["people"]):
        yield from misfits(f"people[{place}]", person, PERSON)
    for place, event in enumerate(line["events"]):
        where = f"events[{place}]"
        found = [*misfits(where, event, EVENT)]
        yield from found or misfits(f"{where}.data", event["data"], DATA[event["type"]])
        if not found and event["type"] == EventType.UPDATED:
            yield from of_changes(f"{where}.data.changes", event["data"].get("changes"))


def misfits(where: str, value: Any, rules: Mapping[str, Rule]) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where}: this must be an object."
        return
    for name in sorted(set(rules).symmetric_difference(value)):
        yield f"{where}.{name}: this is {'missing' if name in rules else 'not known here'}."
    for name, rule in rules.items():
        if name in value and not (rule[0](value[name]) and (rule in PARTED or passes(parsers.check, value[name]))):
            yield f"{where}.{name}: this must be {rule[1]}."


def of_changes(where: str, changes: Any) -> Iterator[str]:
    if not isinstance(changes, dict):
        return
    for name, change in changes.items():
        rule = INCIDENT.get(name) if name in ("title", "description", "severity", "metadata") else None
        if rule is None:
            yield f"{where}.{name}: this field does not change so."
        else:
            yield from misfits(f"{where}.{name}", change, {"from": rule, "to": rule})


def of_the_whole(entry: Entry) -> Iterator[str]:
    """The parts fit each; do they fit each other? Not more is asked than the database keeps: where somebody has once
    mended rows by hand, their export is imported, too."""
    incident, events = entry["incident"], entry["events"]
    types = [event["type"] for event in events]
    if types and (types[0] != EventType.CREATED or EventType.CREATED in types[1:]):
        yield "events: the first, and no other, must be CREATED."
    if any(later["sequence"] <= sooner["sequence"] for sooner, later in pairwise(events)):
        yield "events: each sequence must be greater than the one before."
    if incident["version"] < len(events):
        yield f"incident.version: {incident['version']}, but there are {len(events)} events."
    has_times = (incident["acknowledged_at"] is not None, incident["resolved_at"] is not None)
    if has_times not in TIMES[incident["status"]]:
        yield "incident: acknowledged_at and resolved_at do not fit the status."
    known = {person["id"].lower() for person in entry["people"]}
    for user_id in sorted(named(entry) - known):
        yield f"people: {user_id} is named, and is not among them."


def named(entry: Entry) -> set[str]:
    incident = entry["incident"]
    found = {incident["created_by"], incident["assignee"], *(event["actor"] for event in entry["events"])}
    for event in entry["events"]:
        if event["type"] == EventType.ASSIGNED:
            found |= {event["data"]["from"], event["data"]["to"]}
    return {user_id.lower() for user_id in found if user_id}
