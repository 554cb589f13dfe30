"""One operation of the document: what drf-spectacular asks for each route of the resolver."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from drf_spectacular.openapi import AutoSchema

from core import errors
from core.callers import OPEN, Access, Level
from core.key_claims import KeyConflict, KeyInUse
from core.openapi import bodies, headers, refusals
from core.openapi.components import Json
from core.openapi.operation import Answer, Operation
from core.rate_limits import RateLimitExceeded

ROLES = {Level.READ: "viewer", Level.WRITE: "responder", Level.ADMIN: "admin"}
SCOPES = {Level.READ: "read", Level.WRITE: "write", Level.ADMIN: "admin"}
WITH_BODY = ("POST", "PATCH", "PUT")


@dataclass(frozen=True, slots=True)
class Route:
    path: str
    method: str
    access: Access | None
    query: Json
    said: Operation


class Schema(AutoSchema):
    def get_operation(self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any) -> Json:
        view: Any = self.view
        known = view.parameters.get(view.action, {})
        route = Route(path, method, view.access[view.action], known, view.operations[view.action])
        operation = {
            "operationId": f"{view.basename}_{view.action}",
            "summary": route.said.summary,
            "description": f"{route.said.description} {who_may_call(route.access)}".strip(),
            "tags": [view.tag or path.split("/")[2]],
            "security": [] if route.access is OPEN else [{"token": []}, {"session": []}],
            "parameters": list(parameters(route)),
            "responses": answers(route),
        }
        return operation | ({"requestBody": request_body(route)} if route.said.body else {})


def who_may_call(access: Access | None) -> str:
    if access is OPEN:
        return "Needs no credentials."
    sentences = [f"Needs at least the role `{ROLES[access.role]}` and a token of scope `{SCOPES[access.scope]}`."]
    if access.oneself:
        sentences.append("Whoever is no admin may do it to themselves alone.")
    if access.person:
        sentences.append("An anonymous caller is refused, on an open service too.")
    return " ".join(sentences)


def parameters(route: Route) -> Iterator[Any]:
    if "{id}" in route.path:
        yield {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
    for name, parameter in route.query.items():
        yield {"name": name, "in": "query", **parameter}
    if route.method == "POST":
        yield headers.SEND_KEY
    yield from route.said.headers
    yield headers.SEND_REQUEST_ID


def request_body(route: Route) -> Json:
    assert route.said.body is not None  # noqa: S101  for mypy
    schema = bodies.of(route.said.body)
    examples = {name: {"value": value} for name, value in route.said.examples.items()}
    content = {"application/json": {"schema": schema, "examples": examples}}
    return {"required": "required" in schema.content, "content": content}


def answers(route: Route) -> Json:
    found: Json = {str(status): answer(route, said) for status, said in route.said.answers.items()}
    if route.method == "POST":
        found["200"] = either(route, found["200"]) if "200" in found else replayed(route)
    return dict(sorted((found | refusals.answers(errors_of(route))).items()))


def answer(route: Route, said: Answer) -> Json:
    content: Json = {
        "description": said.description,
        "headers": headers.by_name((headers.REQUEST_ID, *said.headers, *headers.OF_BUDGETS)),
    }
    if said.schema is None:
        return content
    example = {} if said.schema.example is None else {"example": said.schema.example}
    return content | {"content": {said.media_type: {"schema": said.schema, **example}}}


def replayed(route: Route) -> Json:
    """A keyed POST that ran before: its stored answer, as 200 whatever it was then."""
    first = next(iter(route.said.answers.values()))
    again = Answer(
        "The stored answer of an earlier request with this Idempotency-Key.",
        route.said.replay or first.schema,
        (headers.REPLAYED, *first.headers),
    )
    return answer(route, again)


def either(route: Route, first: Json) -> Json:
    """Of a POST whose first answer is a 200, too."""
    sometimes = headers.REPLAYED.content | {"required": False}
    return first | {"headers": first["headers"] | {headers.REPLAYED.name: sometimes}}


def errors_of(route: Route) -> Iterator[errors.DomainError]:
    """What the layers around an action may answer instead of it, and what the action itself refuses."""
    yield errors.Invalid(details={"severity": ["Write one of P1, P2, P3."]})
    yield errors.NotAuthenticated()
    if route.access is not OPEN and max(route.access.role, route.access.scope) > Level.READ:
        yield errors.PermissionDenied()
    if "{id}" in route.path:
        yield errors.NotFound()
    if route.method == "POST":
        yield from (KeyConflict(), KeyInUse())
    if route.method in WITH_BODY:
        yield from (errors.PayloadTooLarge(), errors.UnsupportedMediaType())
    yield RateLimitExceeded(12)
    yield from route.said.errors
    yield from (errors.InternalError(), errors.ServiceUnavailable())
