"""The hostile inputs of RELIABILITY 4 that are one request each, by their numbers. What is more than one request is in
test_the_forty_in_steps.py, and what a browser must show (35 in part) in tests/browser/test_hostile.py.

37 (rules that route alerts), 39 (teams) and 40 (schedules) wait until there is such a thing.
"""

import gzip
import json
import uuid
from typing import Any

import pytest

from tests.hostile.wire import JSON, Wire

URL = "/v1/incidents"


def written(**fields: str) -> str:
    """An incident as JSON text, each of `fields` as it is spelt here."""
    known = {"title": '"Disk full"', "severity": '"P1"'} | fields
    return "{" + ", ".join(f'"{name}": {text}' for name, text in known.items()) + "}"


SOUND = written()
TWICE = '{"title": "a", "severity": "P1", "title": "b"}'
BODIES: dict[str, tuple[Any, ...]] = {
    "1 NUL in a title": (400, written(title=r'"a\u0000b"')),
    "2 NUL in metadata": (400, written(metadata=r'{"k": "a\u0000"}')),
    "3 NUL in a key": (400, written(metadata=r'{"k\u0000": 1}')),
    "4 a lone surrogate": (400, written(metadata=r'{"k": "\ud800"}')),
    "5 brackets": (400, "[" * 100_000),
    "5 braces": (400, '{"a":' * 100_000),
    "6 nested": (400, written(metadata='{"a":' * 6000 + "1" + "}" * 6000)),
    "7 4,000 digits": (400, written(metadata=f'{{"x": {"9" * 4000}}}')),
    "8 1e400": (400, written(metadata='{"x": 1e400}')),
    "8 NaN": (400, written(metadata='{"x": NaN}')),
    "8 -Infinity": (400, written(metadata='{"x": -Infinity}')),
    "9 a key twice": (400, TWICE),
    "10 UTF-16": (415, SOUND.encode("utf-16"), f"{JSON}; charset=utf-16"),
    "10 UTF-16 unsaid": (400, SOUND.encode("utf-16")),
    "10 no such charset": (415, SOUND, f"{JSON}; charset=bogus-1"),
    "11 40 MB": (413, b" " * 40_000_000),
    "12 gzip": (415, gzip.compress(bytes(10_000_000)), "Content-Encoding: gzip"),
    "13 combining characters": (413, written(title=json.dumps("\u0301" * 5_000_000, ensure_ascii=False))),
    "13 fewer of them": (400, written(title=json.dumps("\u0301" * 100_000, ensure_ascii=False))),
    "13 bidi": (201, written(title=json.dumps("\u202e\u2066"))),
    "20 no key": (400, SOUND, "Idempotency-Key:"),
    "20 a long key": (400, SOUND, f"Idempotency-Key: {'k' * 256}"),
    "20 a comma": (400, SOUND, "Idempotency-Key: a,b"),
    "20 two keys": (400, SOUND, "Idempotency-Key: a", "Idempotency-Key: b"),
    "20 a control character": (400, SOUND, "Idempotency-Key: \x01"),
    "20 é": (400, SOUND, "Idempotency-Key: é"),
    "20 an underscore": (201, SOUND, "Idempotency_Key: a,b"),
}
QUERIES = {
    "14": ["q=%00", "q=a%00b"],
    "15": ["severity[]=P1&severity=P9&severity=", "n=abc", "since=garbage", "since=99999-01-01", "severity=P9"],
    "15 times": ["created_after=garbage", "created_after=99999-01-01", "created_before=99999-01-01T00:00:00Z"],
    "16": ["limit=99999999999999999999", "limit=-1", "limit=0", "limit=1e3", "offset=9223372036854775808"],
}
BRACES = "%7B01920000-0000-7000-8000-000000000000%7D"
PATHS = [
    "9223372036854775808",
    "%2e%2e%2f",
    "..%2f..%2fetc%2fpasswd",
    BRACES,
    str(uuid.UUID(int=0)),
    "%00",
    "%ED%A0%80",
]


@pytest.mark.parametrize(
    ("expected", "body", "headers"), [(row[0], row[1], row[2:]) for row in BODIES.values()], ids=BODIES
)
def test_a_body_is_refused_or_harmless(ada: Wire, expected: int, body: Any, headers: tuple[str, ...]) -> None:
    answer = ada.call("POST", URL, body, *headers)

    assert answer.status == expected, answer


@pytest.mark.parametrize("query", [query for queries in QUERIES.values() for query in queries])
def test_a_query_is_refused(ada: Wire, query: str) -> None:
    assert ada.call("GET", f"{URL}?{query}").status == 400


@pytest.mark.parametrize("path", PATHS)
def test_18_what_is_no_id_is_not_found(ada: Wire, path: str) -> None:
    assert ada.call("GET", f"{URL}/{path}").status == 404


def test_18_an_id_in_capitals_is_not_found(ada: Wire) -> None:
    made = ada.call("POST", URL, SOUND).json()["id"]

    assert ada.call("GET", f"{URL}/{made.upper()}").status == 404


def test_11_chunks_without_a_length_end_at_the_limit(ada: Wire) -> None:
    head = f"POST {URL} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {ada.token}\r\n{JSON}\r\n"
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"

    (answer,) = ada.raw(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode(), *[chunk] * 640)

    assert (answer.status, answer.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")


WRONG_IDS = [f"{'x' * 10_240}", '{"level":"INFO"}', "../../etc", "<script>", "a b", "é", "\x1b[31m", ""]


@pytest.mark.parametrize("told", WRONG_IDS)
def test_26_an_id_that_is_none_is_replaced_and_leaves_one_line(ada: Wire, told: str) -> None:
    answer = ada.call("GET", URL, None, f"X-Request-ID: {told}")

    assert answer.status in (400, 431) or uuid.UUID(answer.headers["x-request-id"])


def test_26_an_id_ends_no_header(ada: Wire) -> None:
    answer = ada.call("GET", URL, None, "X-Request-ID: a\r\nSet-Cookie: x=1")

    assert (answer.status, answer.headers["x-request-id"]) == (200, "a")  # two headers, as they were sent
    assert "set-cookie" not in answer.headers
    refused = ada.call("GET", URL, None, "X-Request-ID: a\n b")
    assert refused.status == 400
    assert "\n" not in refused.headers.get("x-request-id", "")


STATUSES = ['"OPEN"', '"open"', "null", '["ACK"]', '{"status": "ACK"}']


@pytest.mark.parametrize("status", STATUSES)
def test_24_a_status_that_is_none_or_behind_changes_nothing(ada: Wire, status: str) -> None:
    made = ada.call("POST", URL, SOUND).json()["id"]
    assert ada.call("PATCH", f"{URL}/{made}/status", {"status": "RESOLVED"}).status == 200

    assert ada.call("PATCH", f"{URL}/{made}/status", f'{{"status": {status}}}').status == 400
    assert ada.read(f"{URL}/{made}")["status"] == "RESOLVED"


def test_24_a_field_of_another_call_is_refused(ada: Wire) -> None:
    made = ada.call("POST", URL, SOUND).json()["id"]

    assert ada.call("PATCH", f"{URL}/{made}/status", {"status": "ACK", "team": "other"}).status == 400
    assert ada.read(f"{URL}/{made}")["status"] == "OPEN"


FORBIDDEN = {
    "30": ["127.1", "2130706433", "0x7f000001", "①②⑦.⓪.⓪.①", "127。0。0。1", "0", "017700000001", "localhost"],
    "31": ["[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[2002:7f00:1::]", "[::127.0.0.1]", "100.64.0.1"],
    "31 more": ["[fe80::1%25eth0]", "[::1]", "169.254.169.254", "10.0.0.1", "127.0.0.1"],
    "32": ["a.example\\@127.0.0.1", "1.1.1.1 &@2.2.2.2# @3.3.3.3", "public.example#@b", "user:pw@public.example"],
    "33": ["mixed.example", "inner.example", "nobody.example"],
}
OTHERS = [
    "gopher://public.example/",
    "file://public.example/secret",
    "http://public.example:6379/",
    "http://127.0.0.1:6379/",
]
ADDRESSES = [*(f"http://{host}/" for hosts in FORBIDDEN.values() for host in hosts), *OTHERS]


@pytest.mark.parametrize("url", ADDRESSES)
def test_30_to_33_a_webhook_does_not_lead_there(ada: Wire, url: str) -> None:
    """That nothing was connected is looked at when all of this module is done."""
    answer = ada.call("POST", "/v1/webhooks", {"url": url})
    assert (answer.status, list(answer.json()["details"])) == (400, ["url"])

    made = ada.call("POST", "/v1/webhooks", {"url": "http://public.example/"}).json()
    answer = ada.call("PATCH", f"/v1/webhooks/{made['id']}", {"url": url})
    assert (answer.status, list(answer.json()["details"])) == (400, ["url"])
