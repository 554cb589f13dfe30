"""How a delivery and an endpoint are doing, at a glance."""

from datetime import datetime
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from console.templatetags.console import duration, icon, of_moment
from core.clock import now
from notifications.models import Delivery, Endpoint, EventName, Kind, State

register = template.Library()

EVENT_WORDS: dict[str, str] = {
    EventName.CREATED: "Incident opened",
    EventName.UPDATED: "Incident edited",
    EventName.STATUS_CHANGED: "Status changed",
    EventName.ASSIGNED: "Incident assigned",
    EventName.COMMENTED: "Comment",
    EventName.DELETED: "Incident deleted",
    EventName.PING: "Test",
    "summary": "Daily summary",
    "endpoint.disabled": "Target disabled by itself",
}
# state: words, the class of its colour, icon
LOOKS = {
    State.DELIVERED: ("Delivered", "good", "resolved"),
    State.FAILED: ("Failed", "bad", "warning"),
    State.CANCELLED: ("Cancelled", "none", "close"),
    "SENDING": ("On its way", "none", "right"),
    "WAITING": ("Waiting", "none", "clock"),
    "RETRYING": ("Tried, will be again", "warn", "clock"),
    "PARKED": ("Parked", "warn", "pause"),
}


@register.simple_tag
def delivery_state(delivery: Delivery) -> SafeString:
    return mark(*LOOKS[look_of(delivery)])


def look_of(delivery: Delivery) -> str:
    if delivery.state != State.PENDING:
        return delivery.state
    if is_on_its_way(delivery):
        return "SENDING"
    if is_parked(delivery):
        return "PARKED"
    return "RETRYING" if delivery.attempts else "WAITING"


def is_on_its_way(delivery: Delivery) -> bool:
    return delivery.state == State.PENDING and delivery.attempt_id is not None and delivery.due_at > now()


def is_parked(delivery: Delivery) -> bool:
    """It waits for its endpoint to be switched on again."""
    return delivery.state == State.PENDING and delivery.endpoint is not None and not delivery.endpoint.is_active


def mark(words: Any, tone: str, icon_name: str) -> SafeString:
    return format_html('<span class="status status-{}">{}{}</span>', tone, icon(icon_name), words)


@register.simple_tag
def endpoint_health(endpoint: Endpoint) -> SafeString:
    """One word; why, and since when, the page says beside it."""
    if not endpoint.is_active:
        return mark("Disabled" if endpoint.disabled_reason else "Switched off", "none", "pause")
    if endpoint.failing_since is not None:
        return mark("Failing", "bad", "warning")
    if getattr(endpoint, "last_attempt_at", None) is None:
        return mark("Not used yet", "none", "clock")
    return mark("Works", "good", "resolved")


@register.filter
def event_words(type: str) -> str:
    return EVENT_WORDS.get(type, type)


@register.filter
def endpoint_address(endpoint: Endpoint) -> str:
    return reverse("console:webhook" if endpoint.kind == Kind.WEBHOOK else "console:channel", args=[endpoint.pk])


@register.simple_tag
def moment(due_at: datetime) -> SafeString:
    """When something comes, as `when` says how long ago it was."""
    seconds = (due_at - now()).total_seconds()
    return of_moment(due_at, f"in {duration(seconds, parts=1)}" if seconds > 0 else "now", "exact")


@register.filter
def at(found: Any, name: str) -> Any:
    """`{{ errors|at:field.name }}`: where the name is not known beforehand."""
    return (found or {}).get(name)
