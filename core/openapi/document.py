"""The API's published document: put together from every route once, and then kept as bytes."""

import json
import threading
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator

from core import health
from core.openapi import headers, words
from core.openapi.components import Component, Json, resolved

INTRODUCTION = """\
Incidents, their audit log, and the people who handle them.

- JSON in and out, UTF-8. An unknown field, an unknown query parameter, a duplicate key: 400. Answers may gain fields.
- Every error has one shape, `Error`; its `code` is for programs. `X-Request-ID` stands on every answer.
- Send `Authorization: Bearer <token>`. Make a token with `POST /v1/tokens` or `manage.py create_token`.
- Any `POST` takes an `Idempotency-Key`, and is then safe to send again.
- Each class of calls has a budget for each caller: `writes`, `reads`, `search` (a list with `q`) and `exports`.
  `RateLimit` tells what is left, `GET /v1/users/me/limits` of all of them.
- `HEAD` works wherever `GET` does. `OPTIONS` answers 204 with `Allow`. Another method: 405 `METHOD_NOT_ALLOWED`.
- Lists are paged by cursor: follow `next`.
"""
SECURITY = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API token, `inc_…`. It can do no more than its owner's role and its own scope.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "sessionid",
        "description": "The session of somebody who has logged in. Unsafe methods need the header X-CSRFToken.",
    },
}

building = threading.Lock()

ALIVE = Component("Alive", words.thing({"status": {"const": "ok"}}), example={"status": "ok"})
CHECK: Json = {
    "type": "object",
    "properties": {
        "status": words.choice(["ok", "failed", "timeout"]),
        "latency_ms": {"type": "number", "minimum": 0, "description": "Only of one that is ok."},
    },
    "required": ["status"],
}


def build() -> Json:
    """One at a time: drf-spectacular fills its own registry without a lock, and a second thread meets it half full."""
    with building:
        document: Json = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]  # drf-spectacular's
    return document


@cache
def as_bytes() -> bytes:
    """What the service serves, and what is checked in as docs/openapi.json."""
    return f"{json.dumps(build(), indent=2, ensure_ascii=False)}\n".encode()


def finish(result: Json, generator: Any, request: Any, public: bool) -> Json:
    """drf-spectacular's last hook: add what has no route, and file every named part under its name."""
    result["info"]["description"] = INTRODUCTION
    result["paths"] |= {"/health": {"get": alive()}} | {
        path: {"get": readiness(path, checks)} for path, checks in health.READY.items()
    }
    found: dict[str, Json] = {}
    result["paths"] = resolved(result["paths"], found)
    parts = {section: dict(sorted(named.items())) for section, named in sorted(found.items())}
    result["components"] = parts | {"securitySchemes": SECURITY}
    return result


def alive() -> Json:
    return probe("/health", "Is the process alive?", {"200": outcome("It is.", ALIVE, ALIVE.example)})


def readiness(path: str, checks: dict[str, health.Check]) -> Json:
    name = "".join(part.capitalize() for part in path.split("/"))
    shape = words.thing(
        {"status": words.choice(["ready", "unavailable"]), "checks": words.thing(dict.fromkeys(checks, CHECK))}
    )
    ready = {"status": "ready", "checks": {name: {"status": "ok", "latency_ms": 1.2} for name in checks}}
    away = {"status": "unavailable", "checks": {name: {"status": "timeout"} for name in checks}}
    schema = Component(name, shape)
    return probe(
        path,
        f"Do these answer within a second: {', '.join(checks)}?",
        {"200": outcome("They all do.", schema, ready), "503": outcome("Not all of them do.", schema, away)},
    )


def probe(path: str, summary: str, answers: Json) -> Json:
    return {
        "operationId": path.strip("/").replace("/", "_"),
        "summary": summary,
        "description": "Needs no credentials, and is never limited.",
        "tags": ["health"],
        "security": [],
        "parameters": [headers.SEND_REQUEST_ID],
        "responses": answers,
    }


def outcome(description: str, schema: Component, example: Json) -> Json:
    return {
        "description": description,
        "headers": headers.by_name((headers.REQUEST_ID,)),
        "content": {"application/json": {"schema": schema, "example": example}},
    }
