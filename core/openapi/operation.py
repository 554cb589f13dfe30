"""What the document says of an action beyond what its route, access table, parameters and serializer say already."""

from dataclasses import dataclass, field
from typing import Any

from rest_framework import serializers

from core.errors import DomainError
from core.openapi.components import Component, Json


@dataclass(frozen=True, slots=True)
class Answer:
    description: str
    schema: Component | None = None
    headers: tuple[Component, ...] = ()
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Operation:
    """`errors` are those that every action of its kind does not have anyway; `replay` is what a replayed POST shows
    when that is not what the first answer showed."""

    summary: str
    answers: dict[int, Answer]
    description: str = ""
    body: type[serializers.Serializer[Any]] | None = None
    examples: dict[str, Json] = field(default_factory=dict)
    headers: tuple[Component, ...] = ()
    errors: tuple[DomainError, ...] = ()
    replay: Component | None = None
