"""A payload as a short message for people, and what keeps a title from being markup or a mention."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from django.conf import settings
from django.urls import reverse

from notifications.models import EventName

LONGEST_NOTE = 300
LONGEST_NAME = 60
DONE = {"ACK": "acknowledged", "RESOLVED": "resolved"}
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\\s]+")
# They turn the text after them around: what is read would not be what is written.
TURNS = re.compile("[\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
MARKUP = re.compile(r"([\\`*_~|\[\]()<>#:])")
MENTION = re.compile(r"@(?=[\w!&])|<(?=\S)")
NOTHING = "\N{ZERO WIDTH SPACE}"


@dataclass(frozen=True, slots=True)
class Words:
    id: str  # of the event: the same over retries
    event: str
    title: str  # on one line, as all of them
    happened: str  # "acknowledged by Ada"
    actor: str = ""
    note: str = ""  # what somebody wrote with it
    number: str = ""
    severity: str = ""
    status: str = ""
    incident: str = ""
    link: str = ""

    @property
    def headline(self) -> str:
        return f"[{self.severity}] #{self.number} {self.title}" if self.number else self.title


def of(payload: str) -> Words:
    body = orjson.loads(payload)
    if body["type"] == EventName.PING:
        return of_ping(body)
    event, incident = body["data"]["event"], body["data"]["incident"]
    actor = name(event["actor"])
    is_gone = body["type"] == EventName.DELETED
    return Words(
        id=body["id"],
        event=body["type"],
        title=line(incident["title"]),
        happened=f"{happened(body['type'], event['data'], incident)}{f' by {actor}' if actor else ''}",
        actor=actor,
        note=shortened(line(event["data"].get("note") or event["data"].get("body") or ""), LONGEST_NOTE),
        number=str(incident["number"]),
        severity=incident["severity"],
        status=incident["status"],
        incident=incident["id"],
        link="" if is_gone else f"{settings.BASE_URL}{reverse('console:incident', args=[incident['id']])}",
    )


def of_ping(body: dict[str, Any]) -> Words:
    actor = shortened(line(body["data"]["sent_by"] or ""), LONGEST_NAME)
    sent = f"sent by {actor}" if actor else "sent"
    return Words(body["id"], body["type"], "This is a test.", sent, actor, link=f"{settings.BASE_URL}/")


def happened(type: str, data: dict[str, Any], incident: dict[str, Any]) -> str:
    assignee = name(incident.get("assignee"))
    if type == EventName.STATUS_CHANGED:
        return DONE.get(data["to"], line(data["to"]))
    if type == EventName.ASSIGNED:
        return f"assigned to {assignee}" if assignee else "assigned to nobody"
    if type == EventName.UPDATED:
        return f"changed ({', '.join(changed(field, change) for field, change in data['changes'].items())})"
    if type == EventName.CREATED:
        return f"opened for {assignee}" if assignee else "opened"
    return {EventName.COMMENTED.value: "comment", EventName.DELETED.value: "deleted"}[type]


def changed(field: str, change: dict[str, Any]) -> str:
    return f"severity {change['from']} to {change['to']}" if field == "severity" else line(field)


def name(person: dict[str, Any] | None) -> str:
    return shortened(line(person["name"]), LONGEST_NAME) if person else ""


def line(text: str) -> str:
    return UNSEEN.sub(" ", TURNS.sub("", text)).strip()


def shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def lines(words: Words, written: Callable[[str], str]) -> str:
    """The link on a line of its own, as it is; everything else `written` so that it means nothing to its reader."""
    text = [f"{words.headline} - {words.happened}", f"“{words.note}”" if words.note else ""]
    return "\n".join([*(written(each) for each in text if each), *([words.link] if words.link else [])])


def plain(text: str) -> str:
    """For what has no markup, or escapes it; whom it would mention hears nothing."""
    return MENTION.sub(rf"\g<0>{NOTHING}", text)


def markdown(text: str) -> str:
    """For Discord and Mattermost."""
    return MARKUP.sub(r"\\\1", plain(text))
