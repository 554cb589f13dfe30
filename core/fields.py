"""Input fields that hold the contract's rules of text. `json_schema` is how the API's document describes each."""

import uuid
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from rest_framework import serializers
from rest_framework.validators import ProhibitSurrogateCharactersValidator

from core import clock, views
from core.errors import Invalid
from core.openapi import words

# Links and aliases of the build machine, not names of IANA's list.
NOT_ZONES = {"localtime", "posixrules", "Factory"}


class NoSurrogates(ProhibitSurrogateCharactersValidator):
    """DRF's own looks at one character after the other: 20,000 of them took a millisecond."""

    def __call__(self, value: Any) -> None:
        try:
            str(value).encode()
        except UnicodeEncodeError:
            super().__call__(value)


class Text(serializers.CharField):
    """Kept as sent: not trimmed, no number or boolean taken for a string."""

    json_schema = words.TEXT

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"trim_whitespace": False, **kwargs})
        is_slow = ProhibitSurrogateCharactersValidator
        self.validators = [NoSurrogates() if isinstance(each, is_slow) else each for each in self.validators]

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Name(Text):
    """Trimmed, not blank, at most `max_length` characters after that."""

    json_schema = words.NAME

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"trim_whitespace": True, "max_length": 100, **kwargs})


class TimeZone(Text):
    json_schema = words.TIME_ZONE

    def to_internal_value(self, data: Any) -> str:
        name = super().to_internal_value(data)
        if name not in zones():
            raise serializers.ValidationError("This is not the name of an IANA time zone.")
        return name


@cache
def zones() -> frozenset[str]:
    return frozenset(available_timezones() - NOT_ZONES)


class Boolean(serializers.BooleanField):
    json_schema = words.BOOLEAN

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Choice(serializers.ChoiceField):
    json_schema = words.STRING

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in self.choices:
            raise serializers.ValidationError(f"Write one of {', '.join(self.choices)}.")
        return data


class Email(serializers.EmailField):
    """Kept as sent: a space around it is refused, not trimmed."""

    json_schema = words.EMAIL

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"trim_whitespace": False, **kwargs})

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        value: str = super().to_internal_value(data)
        return value


class Identifier(serializers.UUIDField):
    """A UUID as text with its hyphens; no integer, URN or bare hex."""

    json_schema = words.UUID

    def to_internal_value(self, data: Any) -> uuid.UUID:
        if not isinstance(data, str) or not views.UUID.fullmatch(data):
            self.fail("invalid", value=data)
        value: uuid.UUID = super().to_internal_value(data)
        return value


class Moment(serializers.DateTimeField):
    """RFC 3339 with its offset."""

    json_schema = words.MOMENT

    def to_internal_value(self, value: Any) -> datetime:
        try:
            return clock.parse("", value if isinstance(value, str) else "")
        except Invalid as error:
            raise serializers.ValidationError(error.details[""]) from None
