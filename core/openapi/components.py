"""A part of the document with a name: written as an object wherever it is used, published once, and referred to."""

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, eq=False, slots=True)
class Component:
    name: str
    content: Json
    section: str = "schemas"
    example: Any = None


def resolved(node: Any, found: dict[str, Json]) -> Any:
    """`node` with a reference in place of each Component, whose content is put into `found[section][name]`."""
    if isinstance(node, Component):
        published = found.setdefault(node.section, {})
        content = resolved(node.content, found)
        if published.setdefault(node.name, content) != content:
            raise ValueError(f"Two different {node.section} of the API's document are named {node.name}.")
        return {"$ref": f"#/components/{node.section}/{node.name}"}
    if isinstance(node, dict):
        return {key: resolved(value, found) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [resolved(value, found) for value in node]
    return node
