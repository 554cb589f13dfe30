"""HTTP that could be read in two ways, before the whole service: refused once, closed, or without effect.

501 is what RFC 9112 asks for where a transfer coding is unknown; no other answer here is a 5xx.
"""

import re

import pytest

from tests.hostile.wire import JSON, Wire

URL = "/v1/incidents"
BODY = b'{"title": "Smuggled", "severity": "P1"}'
INNER = b"GET /v1/users/me HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def request(ada: Wire, *lines: str, method: str = "POST", target: str = URL, ends: str = "\r\n") -> bytes:
    own = [] if any(line.startswith("Host:") for line in lines) else ["Host: 127.0.0.1"]
    head = [f"{method} {target} HTTP/1.1", *own, f"Authorization: Bearer {ada.token}", JSON, *lines, "", ""]
    return ends.join(head).encode("latin-1")


def chunked(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(data), data)


LENGTH = f"Content-Length: {len(BODY)}"
TE = "Transfer-Encoding: chunked"
TWO_WAYS = {
    "length and chunks": (400, (LENGTH, TE), chunked(BODY) + INNER),
    "chunks and length": (400, (TE, "Content-Length: 0"), chunked(BODY) + INNER),
    "two lengths": (400, (LENGTH, f"Content-Length: {len(BODY) + len(INNER)}"), BODY + INNER),
    "a list of lengths": (400, (f"Content-Length: {len(BODY)}, {len(BODY)}",), BODY + INNER),
    "a length with a sign": (400, (f"Content-Length: +{len(BODY)}",), BODY + INNER),
    "a length in hex": (400, (f"Content-Length: 0x{len(BODY):x}",), BODY + INNER),
    "xchunked": (501, ("Transfer-Encoding: xchunked",), chunked(BODY) + INNER),
    "chunked twice": (400, ("Transfer-Encoding: chunked, chunked",), chunked(BODY) + INNER),
    "two codings": (400, (TE, "Transfer-Encoding: identity"), chunked(BODY) + INNER),
    "chunked by a tab": (400, ("Transfer-Encoding:\x0bchunked",), chunked(BODY) + INNER),
    "a blank before the colon": (400, ("Transfer-Encoding : chunked",), chunked(BODY) + INNER),
    "a folded header": (400, ("X-A: b\r\n Transfer-Encoding: chunked",), chunked(BODY) + INNER),
    "a long header": (431, (f"X-Long: {'x' * 9000}",), INNER),
    "200 headers": (431, tuple(f"X-{number}: x" for number in range(200)), INNER),
    "no such chunk": (400, (TE,), b"zz\r\n" + BODY + b"\r\n0\r\n\r\n" + INNER),
}


@pytest.mark.parametrize("row", TWO_WAYS.values(), ids=TWO_WAYS)
def test_what_could_be_read_in_two_ways_has_one_answer(ada: Wire, row: tuple[int, tuple[str, ...], bytes]) -> None:
    expected, lines, body = row
    answers = ada.raw(request(ada, *lines) + body)

    assert len(answers) == 1
    assert answers[0].status == expected


def test_bare_line_feeds_end_no_header(ada: Wire) -> None:
    (answer,) = ada.raw(request(ada, LENGTH, ends="\n") + BODY)
    assert answer.status == 400

    (answer,) = ada.raw(request(ada, f"X-A: b\nContent-Length: 0\r\n{LENGTH}", "Connection: close") + BODY + INNER)
    assert answer.status == 400


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "TRACK", "PROPFIND", "get", "PUT", "X" * 200])
@pytest.mark.parametrize("path", [URL, "/", "/account/login", "/admin/"])
def test_other_methods_do_nothing(ada: Wire, method: str, path: str) -> None:
    answers = ada.raw(request(ada, "X-Canary: canary", "Connection: close", method=method, target=path))

    assert len(answers) == 1
    assert answers[0].status in (400, 403, 404, 405, 302)
    assert b"canary" not in answers[0].body


@pytest.mark.parametrize(
    "name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X_HTTP_Method_Override"]
)
def test_a_header_makes_no_other_method(ada: Wire, name: str) -> None:
    made = ada.call("POST", URL, BODY).json()["id"]

    assert ada.call("GET", f"{URL}/{made}", None, f"{name}: DELETE").status == 200
    assert ada.call("POST", f"{URL}/{made}", {"_method": "DELETE"}, f"{name}: DELETE").status == 405
    assert ada.call("GET", f"{URL}/{made}").status == 200


def test_a_key_with_an_underscore_is_none(ada: Wire) -> None:
    made = [ada.call("POST", URL, BODY, "Idempotency_Key: k-underscore") for _ in range(2)]

    assert [answer.status for answer in made] == [201, 201]


HOSTS = [
    "evil.example",
    "127.0.0.1.evil.example",
    "127.0.0.1@evil.example",
    "127.0.0.1:80:80",
    "127.0.0.1/x",
    "",
    "[::1",
]
HOSTS += ["127.0.0.1, evil.example", "evil.example#127.0.0.1", "\xe9.example", "127.0.0.1 evil.example", "a" * 4000]


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_of_somebody_elses_is_refused(ada: Wire, host: str) -> None:
    answer = ada.call("GET", URL, None, f"Host: {host}")

    assert answer.status == 400
    assert b"evil" not in answer.body


def test_of_two_hosts_none_counts(ada: Wire) -> None:
    answers = ada.raw(request(ada, "Host: 127.0.0.1", "Host: evil.example", "Connection: close", method="GET"))

    assert [answer.status for answer in answers] == [400]


@pytest.mark.parametrize(
    "target", ["http://evil.example/v1/incidents", "http://127.0.0.1/v1/incidents", "//evil.example/"]
)
def test_an_absolute_address_leads_nowhere_else(ada: Wire, target: str) -> None:
    (answer,) = ada.raw(request(ada, "Connection: close", method="GET", target=target))

    assert answer.status in (200, 400, 404)
    assert not re.search(rb"evil", answer.body + answer.headers.get("location", "").encode())


@pytest.mark.parametrize(
    "lines", [("X-Forwarded-Host: evil.example",), ("X-Rewrite-URL: /v1/users",), ("X-Original-URL: /",)]
)
def test_headers_of_proxies_lead_nowhere_else(ada: Wire, lines: tuple[str, ...]) -> None:
    answer = ada.call("POST", URL, BODY, *lines)

    assert answer.status == 201
    assert answer.headers["location"].startswith("/v1/incidents/")
