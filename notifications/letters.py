"""What is told to people, as mails: text first, then HTML. What users wrote goes into templates, and is never one."""

import unicodedata
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone

from core.clock import zone
from notifications import mail_links
from notifications.models import EventName
from notifications.outcome import Claimed

LONGEST_SUBJECT = 160
LONGEST_QUOTE = 2_000
DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Letter:
    template: str
    subject: str
    context: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


def compose(claimed: Claimed) -> EmailMultiAlternatives:
    with timezone.override(zone(claimed.timezone)):
        letter = folded(claimed) if claimed.others else LETTERS[claimed.type](claimed)
        context = {"base_url": settings.BASE_URL, "name": claimed.name, "subject": letter.subject, **letter.context}
        text, html = (render_to_string(f"mail/{letter.template}.{kind}", context) for kind in ("txt", "html"))
    headers = {"Message-ID": message_id(name_of(claimed)), **letter.headers}
    headers |= {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    mail = EmailMultiAlternatives(one_line(letter.subject), text, to=[claimed.email], headers=headers)
    # A provider names it again when the mail does not arrive.
    mail.metadata = {"delivery": str(claimed.id)}  # type: ignore[attr-defined]  # anymail's own
    mail.attach_alternative(html, "text/html")
    return mail


def name_of(claimed: Claimed) -> str:
    """The same whenever the same is sent, so that one who gets it twice is shown it once."""
    if not claimed.others:
        return str(claimed.id)
    return str(uuid.uuid5(claimed.id, ",".join(str(other.id) for other in claimed.others)))


def message_id(name: str) -> str:
    host = settings.BASE_HOST
    return f"<{name}@{f'[{host}]' if ':' in host else host}>"


def one_line(text: str) -> str:
    """Fit for a header and a list of mails: no line ends or other controls, and nothing that turns what follows."""
    controlled = "".join(" " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char for char in text)
    line = " ".join("".join(char for char in controlled if char not in DIRECTIONS).split())
    return line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 1]}…"


def data_of(claimed: Claimed) -> dict[str, Any]:
    data: dict[str, Any] = orjson.loads(claimed.payload)["data"]
    return data


def about_incident(claimed: Claimed) -> Letter:
    data = data_of(claimed)
    incident, thread = data["incident"], message_id(f"incident-{claimed.incident_id}")
    assignee = incident["assignee"] or {}
    context = {
        "incident": incident,
        "title": one_line(incident["title"]),
        "description": quoted(incident["description"]),
        "at": datetime.fromisoformat(data["event"]["created_at"]),
        "actor": data["event"]["actor"],
        "is_new": claimed.type == EventName.CREATED,
        "is_mine": str(assignee.get("id")) == str(claimed.person),
        "link": address(incident),
        "acknowledge": acknowledge_link(claimed, incident),
    }
    # Mail programs thread by the subject, too: it is the same for all that is told of an incident.
    return Letter("incident", subject_of(incident), context, {"In-Reply-To": thread, "References": thread})


def subject_of(incident: dict[str, Any]) -> str:
    return one_line(f"[{incident['severity']}] #{incident['number']} {incident['title']}")


def quoted(text: str) -> str:
    return text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}…"


def address(incident: dict[str, Any]) -> str:
    return f"{settings.BASE_URL}/incidents/{incident['id']}"


def acknowledge_link(claimed: Claimed, incident: dict[str, Any]) -> str:
    if not claimed.may_act or incident["status"] != "OPEN" or claimed.person is None:
        return ""
    return mail_links.address(mail_links.ACKNOWLEDGE, claimed.person, claimed.email, claimed.incident_id)


def folded(claimed: Claimed) -> Letter:
    all = [(each.type, data_of(each)["incident"]) for each in (claimed, *claimed.others)]
    lines = [
        {"what": "assigned to you" if type == EventName.ASSIGNED else "opened", "subject": subject_of(incident)}
        | {"link": address(incident)}
        for type, incident in all
    ]
    count = len({incident["id"] for _, incident in all})
    subject = f"{len(lines)} notifications about {count} incident{'s' if count > 1 else ''}"
    return Letter("folded", subject, {"lines": lines, "most": settings.MAIL_PER_MINUTE})


def summary(claimed: Claimed) -> Letter:
    data = data_of(claimed)
    unsubscribe = mail_links.address(mail_links.UNSUBSCRIBE, claimed.person or uuid.UUID(int=0), claimed.email)
    context = {
        "since": datetime.fromisoformat(data["since"]),
        "until": datetime.fromisoformat(data["until"]),
        "rows": rows_of(data),
        "open": [{"subject": subject_of(each), "link": address(each)} for each in data["open"]],
        "more": data["still_open"] - len(data["open"]),
        "unsubscribe": unsubscribe,
    }
    headers = {"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    opened = sum(data["opened"].values())
    subject = f"Since yesterday: {opened} opened, {data['resolved']} resolved, {data['still_open']} still open"
    return Letter("summary", subject, context, headers)


def rows_of(data: dict[str, Any]) -> list[tuple[str, str]]:
    rows = [(f"Opened, {severity}", str(count)) for severity, count in data["opened"].items() if count]
    for what in ("acknowledge", "resolve"):
        if count := data[f"{what}d"]:
            rows.append((f"{what.capitalize()}d", str(count)))
            rows.append((f"Median time to {what}", span(data[f"seconds_to_{what}"])))
    return [*rows, ("Still open", str(data["still_open"]))]


def span(seconds: float) -> str:
    minutes, hours = seconds / 60, seconds / 3600
    if minutes < 1:
        return f"{seconds:.0f} s"
    if hours < 1:
        return f"{minutes:.0f} min"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} d"


def endpoint_disabled(claimed: Claimed) -> Letter:
    data = data_of(claimed)
    noun = "webhook" if data["endpoint"]["kind"] == "webhook" else "channel"
    name = one_line(data["endpoint"]["name"])
    context = {"noun": noun, "endpoint": name, "reason": data["reason"]}
    return Letter("endpoint_disabled", f"The {noun} {name} was disabled", context)


def test(claimed: Claimed) -> Letter:
    return Letter("test", "A test notification", {"message": data_of(claimed)["message"]})


LETTERS: dict[str, Callable[[Claimed], Letter]] = {
    EventName.CREATED: about_incident,
    EventName.ASSIGNED: about_incident,
    EventName.PING: test,
    "summary": summary,
    "endpoint.disabled": endpoint_disabled,
}
