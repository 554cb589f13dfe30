"""The query string of analytics, of the API's and of the page's: whatever does not fit is named."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from rest_framework.request import Request

from core import clock, views
from core.callers import Caller
from core.errors import Invalid
from core.fields import zones
from core.openapi import words
from incidents import filters
from incidents.analytics import period as periods
from incidents.analytics.period import BUCKETS, EARLIEST, LATEST, MOST_BUCKETS, Period
from incidents.analytics.summary import Of
from incidents.analytics.tallies import NOBODY
from incidents.models import Severity

MOMENT_OR_DATE = {"anyOf": [words.MOMENT, {"type": "string", "format": "date"}]}
PARAMETERS = {
    "from": words.query(
        MOMENT_OR_DATE,
        f"Created at this time or later; a date is its beginning in the zone. Today and the {periods.DEFAULT_DAYS - 1} "
        "days before it, or before `to`, unless given.",
    ),
    "to": words.query(MOMENT_OR_DATE, "Created earlier than this; a date is its beginning. Now, unless given."),
    "bucket": words.query(
        words.choice(BUCKETS) | {"default": "day"},
        f"By the calendar of the zone; weeks begin on Monday. A period of more than {MOST_BUCKETS} is refused.",
    ),
    "tz": words.query(words.TIME_ZONE, "An IANA name; the caller's own unless given, or UTC."),
    "severity": filters.PARAMETERS["severity"],
    "assignee": filters.PARAMETERS["assignee"],
    "creator": filters.PARAMETERS["created_by"],
}


@dataclass(frozen=True, slots=True)
class Asked:
    period: Period
    bucket: str
    of: Of


def asked(request: HttpRequest | Request, caller: Caller) -> Asked:
    """Raises Invalid, or NotAuthenticated for `me` from nobody."""
    period = period_of(request, zone_of(request, caller))
    severities = tuple(filters.choices(request, "severity", Severity.values))
    of = Of(severities, *(person(request, name, caller) for name in ("creator", "assignee")))
    return Asked(period, bucket_of(request, period), of)


def zone_of(request: HttpRequest | Request, caller: Caller) -> ZoneInfo:
    name = views.single(request, "tz")
    if name is None:
        return clock.zone(caller.user.timezone if caller.user else "UTC")
    if name not in zones():
        raise Invalid.field("tz", "This is not the name of an IANA time zone.")
    return ZoneInfo(name)


def period_of(request: HttpRequest | Request, zone: ZoneInfo) -> Period:
    end = moment(request, "to", zone) or clock.now()
    start = moment(request, "from", zone) or default_start(end, zone)
    if start >= end:
        raise Invalid.field("from" if "from" in request.GET else "to", "The period must begin before it ends.")
    return Period(start, end, zone)


def default_start(end: datetime, zone: ZoneInfo) -> datetime:
    """Of the days that end then, the last of which may be a part."""
    last = (end - timedelta(microseconds=1)).astimezone(zone).date()
    return max(clock.midnight(last - timedelta(days=periods.DEFAULT_DAYS - 1), zone), EARLIEST)


def moment(request: HttpRequest | Request, name: str, zone: ZoneInfo) -> datetime | None:
    text = views.single(request, name)
    if text is None:
        return None
    found = beginning(name, text, zone) if clock.DATE.fullmatch(text) else clock.parse(name, text)
    if not EARLIEST <= found <= LATEST:
        raise Invalid.field(name, f"Write a time between {EARLIEST.year} and {LATEST.year}.")
    return found


def beginning(name: str, text: str, zone: ZoneInfo) -> datetime:
    try:
        return clock.midnight(date.fromisoformat(text), zone)
    except (ValueError, OverflowError):
        raise Invalid.field(name, "There is no such day.") from None


def bucket_of(request: HttpRequest | Request, period: Period) -> str:
    sent = views.single(request, "bucket")
    name = "day" if sent is None else sent
    if name not in BUCKETS:
        raise Invalid.field("bucket", f"Write one of {', '.join(BUCKETS)}.")
    if period.is_longer_than(MOST_BUCKETS, name):
        raise Invalid.field("bucket", f"These would be more than {MOST_BUCKETS}: ask for longer ones, or for less.")
    return name


def person(request: HttpRequest | Request, name: str, caller: Caller) -> UUID | None:
    """NOBODY for `none`, and None for whomever."""
    text = views.single(request, name)
    return None if text is None else filters.who(name, text, caller) or NOBODY
