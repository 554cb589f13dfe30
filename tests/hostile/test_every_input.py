"""Each field, query parameter, path, header and cookie that the API has, with what has broken others elsewhere.

What there is to be sent is read off the API's document and who_may_call.py: a new field is in it by being there.
"""

import json
from typing import Any

import pytest

from tests import published
from tests.hostile.service import Service
from tests.hostile.wire import Wire
from tests.hostile.world import World
from tests.who_may_call import WHO_MAY_CALL

NAMED = ("an object", "a list", "33 levels", "1e400")  # which no field takes but the one that is free JSON
SPELT = {
    "NUL": r'"a\u0000b"',
    "a lone surrogate": r'"\ud800"',
    "a megabyte": f'"{"x" * 1_000_000}"',
    "right to left": '"\u202eabc\u2066"',
    "emoji": '"👩‍👩‍👧‍👦🏳️‍🌈"',
    "CRLF": r'"a\r\nb"',
    "2^31": "2147483648",
    "2^63": "9223372036854775808",
    "-1": "-1",
    "1e400": "1e400",
    "NaN": "NaN",
    "deep": "[" * 6000 + "]" * 6000,
    "33 levels": "[" * 33 + "]" * 33,
    "an object": '{"x": [1]}',
    "a list": '[[["x"]]]',
    "true": "true",
    "text": '"x"',
    "nothing": '""',
    "null": "null",
    "twice": None,
    "a template": '"{{7*7}}{% debug %}%(a)s{0.__class__}"',
    "SQL": '"\' OR 1=1 --"',
}
IN_URLS = [
    "",
    "%00",
    "%ED%A0%80",
    "%FF",
    "x" * 3000,
    "%E2%80%AE",
    "%F0%9F%94%A5",
    "%0D%0A",
    "2147483648",
    "-1",
    "1e400",
]
IN_URLS += [
    "9223372036854775808",
    "NaN",
    "null",
    "%5B%5B%5B%5D",
    "%",
    "%zz",
    "%27%20OR%201=1",
    "%7B%7B7*7%7D%7D",
    "..%2F..",
]
IN_HEADERS = ["", "\x01", "\xe9", "\xff\xfe", "x" * 3000, "\t", ",", '"', "2147483648", "9" * 400, "-1", "1e400", "NaN"]
IN_HEADERS += ["{{7*7}}", "[" * 1000, "a\r\nX-Two: b", "a\r\n b", "null", "\u202e".encode().decode("latin-1"), "\x00"]
OTHER_HEADERS = [
    "Accept",
    "Accept-Language",
    "Authorization",
    "Content-Type",
    "Content-Encoding",
    "Content-Length",
    "Cookie",
]
OTHER_HEADERS += ["Expect", "Forwarded", "Host", "HX-Request", "If-Modified-Since", "Origin", "Range", "Referer", "TE"]
OTHER_HEADERS += [
    "traceparent",
    "User-Agent",
    "X-CSRFToken",
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-HTTP-Method-Override",
]
COOKIES = ["sessionid", "csrftoken", "messages", "known_browser"]
OF_THE_SERVICE = [
    "id",
    "number",
    "version",
    "status",
    "role",
    "team",
    "owner",
    "user",
    "created_by",
    "created_at",
    "events",
]
OF_THE_SERVICE += ["is_staff", "is_superuser", "is_active", "quotas", "secret", "token", "digest", "actor", "__proto__"]
FINE = {200, 201, 202, 204, 304, 400, 409, 412, 413}
ODD = FINE | {401, 403, 404, 405, 411, 414, 415, 417, 431, 501}


def row_of(method: str, template: str) -> Any:
    return WHO_MAY_CALL[f"{method} {template.replace('{id}', '{pk}')}"]


def schema_of(operation: dict[str, Any]) -> dict[str, Any]:
    content = operation["requestBody"]["content"]
    return published.resolved(content["application/json"]["schema"])


WITH_BODY = {call: operation for call, operation in published.operations().items() if "requestBody" in operation}
CALLS = [call for call in published.operations() if call[1].startswith("/v1/")]
PARAMETERS = {
    (*call, one["in"], one["name"])
    for call, operation in published.operations().items()
    for one in map(published.resolved, operation.get("parameters", []))
}


def with_field(body: dict[str, Any] | None, field: str, spelt: str | None) -> str:
    """`body` as JSON text, in which the field holds what is spelt, or stands twice."""
    known = {name: json.dumps(value) for name, value in (body or {}).items()}
    sound = known.get(field, '"x"')
    written = list((known | {field: sound if spelt is None else spelt}).items()) + (
        [(field, sound)] if spelt is None else []
    )
    return "{" + ", ".join(f'"{name}": {text}' for name, text in written) + "}"


@pytest.mark.parametrize(("method", "template"), WITH_BODY)
def test_every_field_takes_or_refuses_everything(
    ada: Wire, world: World, figures: dict[str, int], method: str, template: str
) -> None:
    surprises = {}
    fields = schema_of(WITH_BODY[method, template])["properties"]
    for field in fields:
        for kind, spelt in SPELT.items():
            answer = ada.call(method, world.filled(template), with_field(row_of(method, template).body, field, spelt))
            is_named = answer.status == 400 and field in answer.json()["details"]
            if answer.status not in FINE or (kind in NAMED and field != "metadata" and not is_named):
                surprises[field, kind] = (answer.status, answer.body[:300])
    figures["field_values"] = figures.get("field_values", 0) + len(fields) * len(SPELT)

    assert fields
    assert surprises == {}


@pytest.mark.parametrize(("method", "template"), WITH_BODY)
def test_no_field_is_written_that_is_not_told_of(
    ada: Wire, world: World, figures: dict[str, int], method: str, template: str
) -> None:
    foreign = set(OF_THE_SERVICE) - set(schema_of(WITH_BODY[method, template])["properties"])
    body = row_of(method, template).body
    answers = {name: ada.call(method, world.filled(template), with_field(body, name, "1")) for name in foreign}
    figures["foreign_fields"] = figures.get("foreign_fields", 0) + len(foreign)

    assert len(foreign) > 10
    assert {name for name, answer in answers.items() if answer.status != 400} == set()
    assert {name for name, answer in answers.items() if list(answer.json()["details"]) != [name]} == set()


@pytest.mark.parametrize(("method", "template"), CALLS)
def test_every_query_parameter_takes_or_refuses_everything(
    ada: Wire, world: World, figures: dict[str, int], method: str, template: str
) -> None:
    names = [name for *call, place, name in PARAMETERS if (*call, place) == (method, template, "query")]
    surprises = {}
    body = getattr(row_of(method, template), "body", None)
    for name in [*names, "unknown", "format", "%00", "id[]"]:
        for value in [*IN_URLS, f"a&{name}=b"]:
            answer = ada.call(method, f"{world.filled(template)}?{name}={value}", body)
            if answer.status not in FINE or (name not in names and answer.status != 400):
                surprises[name, value[:40]] = (answer.status, answer.body[:300])
    figures["query_values"] = figures.get("query_values", 0) + (len(names) + 4) * (len(IN_URLS) + 1)

    assert surprises == {}


@pytest.mark.parametrize(("method", "template"), [call for call in CALLS if "{" in call[1]])
def test_nothing_is_found_under_what_is_no_id(ada: Wire, figures: dict[str, int], method: str, template: str) -> None:
    body = getattr(row_of(method, template), "body", None)
    calls = [template.replace("{id}", value) for value in IN_URLS]
    answers = {path: ada.call(method, path, body).status for path in calls}
    figures["path_values"] = figures.get("path_values", 0) + len(calls)

    assert {path: status for path, status in answers.items() if status not in (400, 404, 405)} == {}


HEADERS = sorted({name for *_, place, name in PARAMETERS if place == "header"} | set(OTHER_HEADERS))


@pytest.mark.parametrize("name", HEADERS)
def test_every_header_is_taken_ignored_or_refused(ada: Wire, world: World, figures: dict[str, int], name: str) -> None:
    incident = world.filled("/v1/incidents/{id}")
    calls = [
        ("GET", incident, None),
        ("PATCH", incident, {"title": "t"}),
        ("GET", "/v1/stream", None),
        ("GET", "/", None),
    ]
    calls.append(("POST", "/v1/incidents", {"title": "t", "severity": "P1"}))
    surprises = {}
    for method, path, body in calls:
        for value in IN_HEADERS:
            answer = ada.call(method, path, body, f"{name}: {value}")
            if answer.status not in ODD | {302}:
                surprises[method, path, value[:40]] = (answer.status, answer.body[:300])
    figures["header_values"] = figures.get("header_values", 0) + len(calls) * len(IN_HEADERS)

    assert surprises == {}


@pytest.mark.parametrize("name", COOKIES)
def test_every_cookie_is_nobodys_or_refused(service: Service, figures: dict[str, int], name: str) -> None:
    nobody = service.wire("")
    paths = ("/v1/incidents", "/", "/account/login", "/admin/login/", "/profile")
    for path in paths:
        for value in IN_HEADERS:
            answer = nobody.call("GET", path, None, f"Cookie: {name}={value}")
            assert answer.status in (200, 302, 400, 401, 403, 431), (path, value[:40], answer.status)
    figures["cookie_values"] = figures.get("cookie_values", 0) + len(paths) * len(IN_HEADERS)


def test_the_heaviest_inputs_leave_nothing_behind(service: Service, ada: Wire, figures: dict[str, int]) -> None:
    heavy = [f'{{"title": "{"x" * 1_000_000}", "severity": "P1"}}', '{"a":' * 100_000, "[0," * 300_000]

    def send() -> float:
        for _ in range(40):
            for body in heavy:
                assert ada.call("POST", "/v1/incidents", body).status == 400
        return service.memory_mb()

    send()
    before, after = send(), send()
    figures["memory_mb_heavy"] = round(after - before)

    assert after - before < 20
