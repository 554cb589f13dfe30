"""The API's document is whole, valid, in step with the routes, and checked in as it is."""

import json
from pathlib import Path

import drf_spectacular.validation
import jsonschema_rs
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.urls import URLPattern, get_resolver

from core import errors, health
from core.openapi import document
from tests import published

IMPLIED = {"HEAD", "OPTIONS"}  # the introduction says once what they do everywhere
CHECKED_IN = Path(settings.BASE_DIR) / "docs" / "openapi.json"
OPERATIONS = published.operations()


def routes(patterns, prefix=""):
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield f"/{path}".replace("<uuid:pk>", "{id}"), pattern.callback
        else:
            yield from routes(pattern.url_patterns, path)


def served():
    """(method, path) of all that the resolver has under /v1, and of the health paths, which have no route."""
    for path, view in routes(get_resolver().url_patterns):
        if path.startswith("/v1"):
            names = view.actions if hasattr(view, "actions") else view.view_class.http_method_names
            yield from ((name.upper(), path) for name in names)
    yield from (("GET", path) for path in ("/health", *health.READY))


def test_the_document_tells_of_every_route_and_of_nothing_else():
    assert {route for route in served() if route[0] not in IMPLIED} == set(OPERATIONS)


def test_the_document_is_valid_openapi_3_1():
    path = Path(drf_spectacular.validation.__file__).parent / "openapi_3_1_schema.json"
    schema = json.loads(path.read_text())

    assert published.whole()["openapi"].startswith("3.1")
    jsonschema_rs.validator_for(schema).validate(published.whole())


def test_the_checked_in_document_is_the_one_that_the_code_makes():
    assert CHECKED_IN.read_bytes() == document.as_bytes(), "docs/openapi.json is stale: run `make docs` and commit it"


def test_write_openapi_writes_the_document(tmp_path):
    call_command("write_openapi", tmp_path / "new" / "openapi.json")

    assert (tmp_path / "new" / "openapi.json").read_bytes() == document.as_bytes()


def test_write_openapi_says_so_when_it_cannot_write(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(CommandError, match="cannot be written"):
        call_command("write_openapi", tmp_path / "file" / "openapi.json")


@pytest.mark.parametrize("route", OPERATIONS, ids=" ".join)
def test_every_operation_is_named_and_explained(route):
    operation = OPERATIONS[route]

    assert operation["operationId"]
    assert operation["summary"]
    assert operation["description"]
    assert operation["tags"][0] in {tag["name"] for tag in published.whole()["tags"]}
    assert "X-Request-ID" in parameters(operation)


@pytest.mark.parametrize("route", [route for route in OPERATIONS if route[1].startswith("/v1/")], ids=" ".join)
def test_every_operation_tells_its_errors(route):
    method, path = route
    told = set(OPERATIONS[route]["responses"])

    assert {"400", "401", "429", "500", "503"} <= told
    assert ("404" in told) == ("{id}" in path)
    assert ({"413", "415"} <= told) == (method in ("POST", "PATCH"))
    assert ("409" in told) >= (method == "POST")
    assert ("Idempotency-Key" in parameters(OPERATIONS[route])) == (method == "POST")
    assert ("412" in told) == ("If-Match" in parameters(OPERATIONS[route]))


def parameters(operation):
    return {published.resolved(parameter)["name"] for parameter in operation["parameters"]}


def examples():
    """Every example of the document, with the schema that it must fit."""
    for (method, path), operation in OPERATIONS.items():
        bodies = {"body": operation.get("requestBody", {})} | operation["responses"]
        for place, holder in bodies.items():
            for media_type in published.resolved(holder).get("content", {}).values():
                values = [named["value"] for named in media_type.get("examples", {}).values()]
                values += [media_type["example"]] if "example" in media_type else []
                yield pytest.param(media_type["schema"], values, id=f"{method} {path} {place}")


WITHOUT_EXAMPLES = {"GET /v1/schema 200", "GET /v1/docs 200", "GET /v1/redoc 200"}


@pytest.mark.parametrize(("schema", "values"), [case for case in examples() if case.id not in WITHOUT_EXAMPLES])
def test_every_body_has_examples_that_fit_its_schema(schema, values):
    assert values
    assert [published.problems(schema, value) for value in values] == [[]] * len(values)


def known_codes(kind=errors.DomainError):
    """Of all exceptions but those that a test made up."""
    own = set() if "tests" in kind.__module__.split(".") else {kind.code}
    return own.union(*map(known_codes, kind.__subclasses__()))


def test_every_code_that_the_service_raises_is_told_of():
    told = {
        code
        for response in published.whole()["components"]["responses"].values()
        for code in response["content"]["application/json"]["schema"]["allOf"][1]["properties"]["code"]["enum"]
    }

    assert told == known_codes() - {"METHOD_NOT_ALLOWED"}
