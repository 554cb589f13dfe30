"""The small parts that every page is made of. Each takes text as it is stored and escapes it."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from django import template
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from console.icons import ICONS
from core.clock import rfc3339
from incidents.models import Status

register = template.Library()

STATUS_WORDS = {Status.OPEN: "Open", Status.ACK: "Acknowledged", Status.RESOLVED: "Resolved"}
TONES = 6
UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    return format_html(
        '<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">'
        '<path d="{}"/></svg>',
        ICONS[name],
    )


@register.simple_tag
@cache
def status_badge(status: str) -> SafeString:
    name = status.lower()
    return format_html('<span class="status status-{}">{}{}</span>', name, icon(name), STATUS_WORDS[Status(status)])


@register.simple_tag
@cache
def severity_badge(severity: str) -> SafeString:
    return format_html('<span class="severity severity-{}">{}</span>', severity.lower(), severity)


@register.filter
def bdi(text: Any) -> SafeString:
    """Text of a person's: characters that turn the reading direction stay inside of it."""
    return format_html("<bdi>{}</bdi>", text)


@register.simple_tag
def person(user: Any, nobody: str = "Nobody") -> SafeString:
    """`user` is a User, or a dict with id and name; None gives `nobody`."""
    if not user:
        return format_html('<span class="person person-none">{}</span>', nobody)
    name, pk = (user["name"], user["id"]) if isinstance(user, dict) else (user.name, user.pk)
    return format_html(
        '<span class="person"><span class="avatar tone-{}" aria-hidden="true">{}</span><bdi>{}</bdi></span>',
        pk.int % TONES,
        initials(name),
        name,
    )


def initials(name: str) -> str:
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()[:2]


@register.simple_tag
def when(moment: datetime | None) -> SafeString:
    """How long ago, with the exact time in the viewer's zone as the title; `data-when` lets a script keep it true."""
    if moment is None:
        return format_html('<span class="muted">{}</span>', "–")
    return of_moment(moment, f"{ago(moment)}", "when")


@register.simple_tag
def age(moment: datetime) -> SafeString:
    """How long it has lasted; `data-age` lets a script tick it."""
    return of_moment(moment, duration((timezone.now() - moment).total_seconds()), "age")


@register.simple_tag
def exact(moment: datetime) -> SafeString:
    return of_moment(moment, spelt(moment), "exact")


def of_moment(moment: datetime, text: str, kind: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}" data-{}>{}</time>', rfc3339(moment.astimezone(UTC)), spelt(moment), kind, text
    )


def spelt(moment: datetime) -> str:
    """In the viewer's zone, which console.access has made the current one."""
    return timezone.localtime(moment).strftime("%a %-d %b %Y, %H:%M:%S %Z")


def ago(moment: datetime) -> str:
    seconds = (timezone.now() - moment).total_seconds()
    if seconds < 60:
        return "now"
    if seconds < 7 * 86_400:
        return f"{duration(seconds, parts=1)} ago"
    return timezone.localtime(moment).strftime("%-d %b %Y")


@register.filter
def duration(seconds: float | None, parts: int = 2) -> str:
    """`3 h 12 min`: the two largest units that say something."""
    if seconds is None:
        return "–"
    left, found = max(0, int(seconds)), []
    for size, name in UNITS:
        count, left = divmod(left, size)
        if count:
            found.append(f"{count} {name}")
    return " ".join(found[:parts]) or f"{left} s"


@register.simple_tag(takes_context=True)
def nav_link(context: template.Context, name: str, label: str, icon_name: str) -> SafeString:
    """A link of the navigation; the page that it leads to says so."""
    request: HttpRequest = context["request"]
    match = request.resolver_match
    current = ' aria-current="page"' if match and match.view_name == f"console:{name}" else ""
    return format_html(
        '<a class="nav-link" href="{}"{}>{}<span>{}</span></a>',
        reverse(f"console:{name}"),
        SafeString(current),
        icon(icon_name),
        label,
    )


@register.simple_tag
def field_errors(errors: Any, field: str) -> SafeString:
    """What is wrong with a field, from a dict like a DomainError's details; the input names it by aria-describedby."""
    sentences = (errors or {}).get(field, ())
    if not sentences:
        return SafeString("")
    inner = format_html_join(" ", "{}", ((sentence,) for sentence in sentences))
    return format_html('<p class="field-error" id="error-{}">{}</p>', field, inner)
