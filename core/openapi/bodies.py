"""The schema of a request's body, read off the serializer that will judge it."""

from typing import Any

from rest_framework import serializers

from core.openapi import words
from core.openapi.components import Component, Json

LIMITS = {"max_length": "maxLength", "min_length": "minLength"}


def of(serializer_class: type[serializers.Serializer[Any]]) -> Component:
    fields = serializer_class().fields
    content: Json = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: schema_of(field) for name, field in fields.items()},
    }
    required = [name for name, field in fields.items() if field.required]
    return Component(serializer_class.__name__, content | ({"required": required} if required else {}))


def schema_of(field: Any) -> Json:
    """`json_schema` of the field's class, and what this one field was told."""
    schema: Json = dict(field.json_schema)
    if hasattr(field, "choices"):
        schema["enum"] = [str(value) for value in field.choices]
    for name, keyword in LIMITS.items():
        if getattr(field, name, None) is not None:
            schema[keyword] = getattr(field, name)
    if "maxLength" in schema and not field.allow_blank:
        schema.setdefault("minLength", 1)
    if field.allow_null:
        schema = words.nullable(schema)
    return schema | ({"description": str(field.help_text)} if field.help_text else {})
