"""What each kind of channel asks for: what a form shows, and what is checked before anything is stored."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core import outbound
from core.errors import Invalid
from notifications.channels import template
from notifications.models import Kind

NOT_TEXT = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    label: str
    help: str = ""
    is_secret: bool = False  # shown to nobody once it is stored; left empty in a form, it stays
    is_required: bool = True
    pattern: str = ""  # the whole of it, where it is not free
    is_address: bool = False  # of a host that anybody may name: asked whether it may be called
    is_long: bool = False  # several lines
    choices: tuple[str, ...] = ()
    default: str = ""
    longest: int = 2048


SLACK = r"https://hooks\.slack\.com/services/(?P<a>[A-Z0-9]{1,32})/(?P<b>[A-Z0-9]{1,32})/(?P<c>[A-Za-z0-9]{12,64})"
DISCORD = (
    r"https://(?:(?:canary|ptb)\.)?discord(?:app)?\.com/api/webhooks/(?P<id>[0-9]{10,24})/(?P<token>[\w-]{20,128})"
)

FIELDS: dict[str, tuple[Field, ...]] = {
    Kind.SLACK: (
        Field(
            "url", "Webhook address", "Of an incoming webhook: https://hooks.slack.com/services/…", True, pattern=SLACK
        ),
    ),
    Kind.DISCORD: (Field("url", "Webhook address", "https://discord.com/api/webhooks/…", True, pattern=DISCORD),),
    Kind.TELEGRAM: (
        Field("token", "Bot token", "As @BotFather gave it.", True, pattern=r"[0-9]{5,16}:[A-Za-z0-9_-]{20,80}"),
        Field(
            "chat",
            "Chat",
            "Its number (-100… for a group), or @name of a channel.",
            pattern=r"-?[0-9]{1,32}|@[A-Za-z]\w{3,40}",
        ),
        Field("topic", "Topic", "Its number, in a group that has topics.", is_required=False, pattern=r"[0-9]{1,16}"),
    ),
    Kind.TEAMS: (
        Field(
            "url",
            "Workflow address",
            "Of the workflow “Post to a channel when a webhook request is received”.",
            is_secret=True,
            is_address=True,
        ),
    ),
    Kind.MATTERMOST: (
        Field("url", "Webhook address", "Of an incoming webhook: https://…/hooks/…", is_secret=True, is_address=True),
        Field("channel", "Channel", "Another than the webhook's own.", is_required=False, pattern=r"@?[\w.-]{1,64}"),
    ),
    Kind.NTFY: (
        Field("url", "Server", is_address=True, default="https://ntfy.sh"),
        Field("topic", "Topic", "Whoever knows it can read along.", is_secret=True, pattern=r"[\w-]{1,64}"),
        Field("token", "Access token", is_secret=True, is_required=False, pattern=r"[!-~]{1,200}"),
    ),
    Kind.HTTP: (
        Field("url", "Address", "Placeholders may stand behind its host.", is_secret=True),
        Field("method", "Method", choices=template.METHODS, default="POST"),
        Field("headers", "Headers", "One a line, Name: value.", True, is_required=False, is_long=True, longest=8000),
        Field(
            "body",
            "Body",
            f"Placeholders: {', '.join(f'{{{{{name}}}}}' for name in template.NAMES)}. "
            "Content-Type says how they are written: JSON, form, XML or plain text.",
            is_required=False,
            is_long=True,
            longest=8000,
        ),
    ),
}


def check(kind: str, values: Mapping[str, Any]) -> dict[str, str]:
    """What is stored of them. Raises Invalid, naming each field that does not fit. Looks names of hosts up."""
    if kind not in FIELDS:
        raise Invalid.field("kind", f"One of {', '.join(sorted(FIELDS))}.")
    wrong = {name: ["There is no such setting."] for name in values if name not in {each.name for each in FIELDS[kind]}}
    cleaned: dict[str, str] = {}
    for field in FIELDS[kind]:
        try:
            cleaned[field.name] = clean(field, values.get(field.name, field.default))
        except ValueError as error:
            wrong[field.name] = [str(error)]
    if wrong:
        raise Invalid(details=wrong)
    if kind == Kind.HTTP:
        template.check(cleaned)
    check_address(kind, cleaned)
    return {name: value for name, value in cleaned.items() if value}


def clean(field: Field, value: Any) -> str:
    if not isinstance(value, str) or NOT_TEXT.search(value):
        raise ValueError("Must be text.")
    text = value.strip() or field.default
    if not text and field.is_required:
        raise ValueError("Must not be empty.")
    if len(text) > field.longest:
        raise ValueError(f"At most {field.longest} characters.")
    if field.choices and text not in field.choices:
        raise ValueError(f"One of {', '.join(field.choices)}.")
    if text and field.pattern and not re.fullmatch(field.pattern, text, re.ASCII):
        raise ValueError("This does not look right." if not field.help else f"This does not look right. {field.help}")
    return text


def check_address(kind: str, values: Mapping[str, str]) -> None:
    url = values.get("url", "")
    if kind == Kind.HTTP:
        url = template.fill(url, dict.fromkeys(template.NAMES, "x"), template.in_url)
    elif not any(field.is_address for field in FIELDS[kind]):
        return
    try:
        outbound.check_url(url)
    except outbound.Refused as refusal:
        raise Invalid.field("url", str(refusal)) from None


def shown(kind: str, values: Mapping[str, str]) -> dict[str, str]:
    """What a form may show of what is stored."""
    return {field.name: values.get(field.name, "") for field in FIELDS[kind] if not field.is_secret}
