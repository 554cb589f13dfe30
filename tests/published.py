"""The API's document as tests use it: the operation that a call belongs to, and whether an answer is as it says."""

import json
import re
from functools import cache
from typing import Any

import jsonschema_rs
from django.test import override_settings

from core.openapi import document

METHODS = ("get", "post", "put", "patch", "delete")
ANY_ERROR = {"$ref": "#/components/schemas/Error"}


@cache
def whole() -> dict[str, Any]:
    with override_settings(ROOT_URLCONF="config.urls"):  # the first to ask may be a test of other views
        return document.build()


@cache
def operations() -> dict[tuple[str, str], dict[str, Any]]:
    """(method, path) -> operation; a path without a variable before one that would match it, too."""
    found = {
        (method.upper(), path): methods[method]
        for path, methods in whole()["paths"].items()
        for method in METHODS
        if method in methods
    }
    return dict(sorted(found.items(), key=lambda entry: "{" in entry[0][1]))


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        section, name = node["$ref"].split("/")[-2:]
        node = whole()["components"][section][name]
    return node


@cache
def operation_of(method: str, path: str) -> dict[str, Any] | None:
    for (known, template), operation in operations().items():
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))
        if known == method and re.fullmatch(pattern, path):
            return operation
    return None


def strict(node: Any) -> Any:
    """A client must bear fields that it does not know, but the document must know all that we send."""
    if isinstance(node, list):
        return [strict(part) for part in node]
    if not isinstance(node, dict):
        return node
    closed = {key: strict(value) for key, value in node.items()}
    if node.get("type") == "object" and "properties" in node:
        closed.setdefault("additionalProperties", False)
    return closed


@cache
def validator(schema: str) -> Any:
    parts = {"components": {"schemas": whole()["components"]["schemas"]}}
    return jsonschema_rs.Draft202012Validator(strict({**parts, **json.loads(schema)}), validate_formats=True)


def problems(schema: dict[str, Any], value: Any) -> list[str]:
    errors = validator(json.dumps(schema)).iter_errors(value)
    return [f"{'/'.join(map(str, error.instance_path))}: {error.message}" for error in errors]


def judge(method: str, path: str, response: Any) -> None:
    """Fail unless this answer to this call is one that the document tells of, in body and headers."""
    bare = path.partition("?")[0]
    operation = operation_of("GET" if method == "HEAD" else method, bare)
    if operation is None or response.status_code == 405:
        if bare.startswith("/v1/") and response.status_code >= 400:
            judge_body(ANY_ERROR, method, response)
        return
    said = operation["responses"].get(str(response.status_code))
    assert said, f"{operation['operationId']} does not tell of {response.status_code}: {response.content[:500]!r}"
    judge_headers(resolved(said)["headers"], response)
    content = resolved(said).get("content")
    if content is None:  # of a body that is there, Django's test client leaves the type alone
        is_bare = "Content-Type" not in response.headers or response.status_code == 304
        assert is_bare, "this answer is not told to have a body"
    else:
        media_type = response.headers["Content-Type"].partition(";")[0]
        assert media_type in content, f"the document does not tell of {media_type}"
        judge_body(content[media_type]["schema"], method, response)


def judge_body(schema: dict[str, Any], method: str, response: Any) -> None:
    if method != "HEAD" and response.headers["Content-Type"] == "application/json":
        found = problems(schema, json.loads(response.content))
        assert not found, f"the document tells of another body: {found} in {response.content[:500]!r}"


def judge_headers(told: dict[str, Any], response: Any) -> None:
    for name in whole()["components"]["headers"]:
        if name in told:
            header = resolved(told[name])
            assert name in response.headers or not header["required"], f"{name} is missing"
        else:
            assert name not in response.headers, f"{name} is sent but not told of"
