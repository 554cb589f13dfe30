"""The words of JSON Schema that our bodies, parameters and answers are described with."""

from collections.abc import Iterable
from typing import Any

from core.openapi.components import Component, Json

STRING: Json = {"type": "string"}
TEXT: Json = {"type": "string", "pattern": "^[^\\u0000]*$"}
NAME: Json = {"type": "string", "pattern": "^[^\\u0000]*[^\\s\\u0000][^\\u0000]*$"}  # not blank
EMAIL: Json = {"type": "string", "format": "email"}
UUID: Json = {"type": "string", "format": "uuid"}
MOMENT: Json = {"type": "string", "format": "date-time"}
TIME_ZONE: Json = {
    "type": "string",
    "format": "time-zone",
    "description": "A name of IANA's list, such as Europe/Berlin.",
}
BOOLEAN: Json = {"type": "boolean"}

LONGEST_INTEGER = 2**53 - 1
FREE_JSON = Component(
    "FreeJSON",
    {
        "description": "Any JSON without NUL characters, with integers within ±(2^53 - 1), floats of a magnitude "
        "under 10^15, and at most 32 levels deep.",
        "anyOf": [
            {"type": "null"},
            BOOLEAN,
            {"type": "integer", "minimum": -LONGEST_INTEGER, "maximum": LONGEST_INTEGER},
            {"type": "number", "exclusiveMinimum": -1e15, "exclusiveMaximum": 1e15},
            TEXT,
            {"type": "array", "items": {"$ref": "#/components/schemas/FreeJSON"}},
            {
                "type": "object",
                "propertyNames": TEXT,
                "additionalProperties": {"$ref": "#/components/schemas/FreeJSON"},
            },
        ],
    },
)
FREE_OBJECT: Json = {"type": "object", "propertyNames": TEXT, "additionalProperties": FREE_JSON}


def choice(values: Iterable[str]) -> Json:
    return {"type": "string", "enum": [str(value) for value in values]}


def nullable(schema: Any) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def thing(properties: Json) -> Json:
    """An object of an answer: all of its properties are there, and others may join them later."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def page_of(row: Component) -> Component:
    link = {
        "type": ["string", "null"],
        "format": "uri-reference",
        "description": "The path of the page beside this one.",
    }
    return Component(
        f"{row.name}Page",
        thing({"results": {"type": "array", "items": row}, "next": link, "previous": link}),
        example={"results": [row.example], "next": None, "previous": None},
    )


def query(schema: Json, description: str) -> Json:
    """A query parameter, filed under its name in a viewset's `parameters`."""
    return {"schema": schema, "description": description}
