"""What the API takes in about webhooks and deliveries. What it gives out is in representation.py."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from core.fields import Boolean, Moment, Text
from core.openapi import words
from core.openapi.components import Json
from core.views import Input
from incidents.models import Severity
from notifications.models import EventName

LONGEST_URL = 2048


class Address(Text):
    """Where it may lead, the service says: that needs a look at the DNS."""

    json_schema = words.STRING | {"pattern": "^https?://[^\\s]+$"}


class Several(serializers.Field[Any, Any, Any, Any]):
    """Any of the known words, in the order in which they are sent, each once."""

    json_schema: Json

    def __init__(self, known: Iterable[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.known = tuple(known)
        self.json_schema = {"type": "array", "items": words.choice(self.known)}

    def to_internal_value(self, data: Any) -> list[str]:
        if not isinstance(data, list) or not all(isinstance(each, str) and each in self.known for each in data):
            raise serializers.ValidationError(f"Write a list of these: {', '.join(self.known)}.")
        return list(dict.fromkeys(data))


class CreateWebhookInput(Input):
    url = Address(max_length=LONGEST_URL, help_text="https, to a public address, unless the settings allow more.")
    description = Text(max_length=100, allow_blank=True, required=False)
    events = Several(EventName.values, required=False, help_text="Empty: all of them.")
    severities = Several(Severity.values, required=False, help_text="Of the incident. Empty: all of them.")


class EditWebhookInput(Input):
    url = Address(max_length=LONGEST_URL, required=False)
    description = Text(max_length=100, allow_blank=True, required=False)
    events = Several(EventName.values, required=False, help_text="Empty: all of them.")
    severities = Several(Severity.values, required=False, help_text="Of the incident. Empty: all of them.")
    is_active = Boolean(required=False, help_text="What waits while it is false goes once it is true again.")


class RedeliverInput(Input):
    since = Moment(help_text="What was made at this time or later.")
    until = Moment(required=False, help_text="And earlier than this time.")
