"""The errors of an operation as answers of the document, made from the very exceptions that the code raises."""

from collections.abc import Iterable
from typing import Any

from core.errors import DomainError
from core.openapi import headers, words
from core.openapi.components import Component, Json

ERROR = Component(
    "Error",
    words.thing(
        {
            "code": {"type": "string", "description": "For programs. A code never changes its meaning."},
            "message": {"type": "string", "description": "For a person."},
            "request_id": {"type": "string", "description": "The same as the header X-Request-ID."},
            "details": {
                "type": "object",
                "description": "`{}` when there is nothing to add. For VALIDATION_ERROR it maps a field, a parameter "
                "or a header to its list of messages; `non_field_errors` is the whole body.",
            },
        }
    ),
)
REQUEST_ID = "0b9f6b6c-52f1-4b0a-9a55-0d2f6d2f0c1e"


def answers(errors: Iterable[DomainError]) -> dict[str, Component]:
    """One answer for each status; those that share a status are told apart by their code."""
    by_status: dict[int, list[DomainError]] = {}
    for error in errors:
        by_status.setdefault(error.status, []).append(error)
    return {str(status): answer(by_status[status]) for status in sorted(by_status)}


def answer(errors: list[DomainError]) -> Component:
    schema = {"allOf": [ERROR, {"properties": {"code": words.choice(sorted({error.code for error in errors}))}}]}
    content = {
        "description": " ".join(f"`{error.code}`: {error.message}" for error in errors),
        "headers": headers_of(errors),
        "content": {
            "application/json": {
                "schema": schema,
                "examples": {type(error).__name__: {"value": example(error)} for error in errors},
            }
        },
    }
    return Component("Or".join(type(error).__name__ for error in errors), content, "responses")


def headers_of(errors: list[DomainError]) -> dict[str, Any]:
    told: dict[str, Any] = {**headers.by_name((headers.REQUEST_ID, *headers.OF_BUDGETS))}
    for name in {name: None for error in errors for name in error.headers}:
        header = headers.OF_ERRORS[name]
        is_always_there = all(name in error.headers for error in errors)
        told[name] = header if is_always_there else header.content | {"required": False}
    return told


def example(error: DomainError) -> Json:
    return {
        "code": error.code,
        "message": error.message,
        "request_id": REQUEST_ID,
        "details": dict(error.details),
    }
