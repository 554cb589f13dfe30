"""Times on the wire."""

import re
from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import models

from core.errors import Invalid

RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def app_now() -> models.Func:
    """PostgreSQL's app_now(): its now(), which a test may let travel. For what falls due, or is compared with that."""
    return models.Func(function="app_now", output_field=models.DateTimeField())


def rfc3339(moment: datetime) -> str:
    """UTC with six digits and Z, always the same length: what sorts as text sorts in time."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def rfc3339_or_none(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment else None


def now() -> datetime:
    """For what is judged before a transaction begins; due times and time stamps come from PostgreSQL."""
    return datetime.now(UTC)


def parse(field: str, text: str) -> datetime:
    """An RFC 3339 time with its offset, in UTC; Invalid, naming the field, otherwise."""
    refusal = Invalid.field(field, "Write a time as RFC 3339 does, for example 2026-11-23T09:12:04Z.")
    if not RFC3339.fullmatch(text):
        raise refusal
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise refusal from None


def zone(name: str) -> ZoneInfo:
    """UTC where this machine does not know the zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def midnight(day: date, zone: tzinfo) -> datetime:
    """When the day begins there, be it not at midnight because clocks are turned then."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
