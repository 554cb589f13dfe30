"""What the API takes in. What it gives out is in representation.py."""

from typing import Any

import orjson
from rest_framework import serializers

from core.fields import Choice, Identifier, Name, Text
from core.openapi import words
from core.views import Input
from incidents.models import Severity, Status

MAX_METADATA_BYTES = 16 * 1024


class Metadata(serializers.Field[Any, Any, Any, Any]):
    """A JSON object; numbers, depth and text were checked when the body was parsed."""

    json_schema = words.FREE_OBJECT | {"description": "At most 16 KiB of JSON."}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise serializers.ValidationError("This must be a JSON object.")
        if len(orjson.dumps(data)) > MAX_METADATA_BYTES:
            raise serializers.ValidationError("This must be at most 16 KiB of JSON.")
        return data


class OpenInput(Input):
    title = Name(max_length=200, help_text="Trimmed; the limit counts what is left.")
    severity = Choice(choices=Severity.choices)
    description = Text(max_length=20_000, allow_blank=True, required=False)
    metadata = Metadata(required=False)
    assignee = Identifier(allow_null=True, required=False, help_text="An active user, or nobody.")
    created_by = Identifier(
        allow_null=True, required=False, help_text="An active user; only an admin may name another."
    )


class EditInput(Input):
    title = Name(max_length=200, required=False)
    severity = Choice(choices=Severity.choices, required=False)
    description = Text(max_length=20_000, allow_blank=True, required=False)
    metadata = Metadata(required=False)
    assignee = Identifier(allow_null=True, required=False, help_text="An active user, or nobody.")


class ChangeStatusInput(Input):
    status = Choice(choices=Status.choices)
    note = Text(max_length=2_000, allow_blank=True, required=False)


class CommentInput(Input):
    body = Text(max_length=20_000, help_text="Markdown.")
