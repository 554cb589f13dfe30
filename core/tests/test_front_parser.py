"""The short way through a request's head comes to what gunicorn's own comes to, whatever is sent."""

from typing import Any

import pytest
from gunicorn.asgi.parser import ParseError, PythonProtocol

from core.front_parser import FrontParser
from core.tests.front_server import get

LIMITS = {"limit_request_line": 400, "limit_request_fields": 5, "limit_request_field_size": 300}
PLAIN = get("/v1/x?a=%20b", "Accept:\t*/* ", "X-Name: \xe9", "Content-Length: 2", method="POST") + b"{}"
SEEN = ("method", "path", "http_version", "headers", "content_length", "is_chunked", "should_keep_alive", "is_complete")
NASTY = [b"", b"\0", b"\t", b"\n", b"\r", b"\r\n", b" ", b":", b",", b"\x7f", b"\xff", b"x", b"9", b"\x0b"]


def outcome(parser_class: type[PythonProtocol], *pieces: bytes) -> Any:
    calls: list[bytes] = []
    parser = parser_class(
        on_headers_complete=lambda: calls.append(b"head"),
        on_body=calls.append,
        on_message_complete=lambda: calls.append(b"done"),
        **LIMITS,
    )
    try:
        for piece in pieces:
            parser.feed(piece)
    except (ParseError, ValueError) as error:
        return type(error), str(error), calls
    return [getattr(parser, name) for name in SEEN], parser.remaining(), parser._state, calls


def both(*pieces: bytes) -> tuple[Any, Any]:
    return outcome(FrontParser, *pieces), outcome(PythonProtocol, *pieces)


def test_a_plain_head_is_read_in_the_short_way_and_to_the_same_end(monkeypatch: pytest.MonkeyPatch) -> None:
    own = outcome(PythonProtocol, PLAIN)
    monkeypatch.setattr(PythonProtocol, "_parse_headers", lambda _self: pytest.fail("the long way"))

    assert outcome(FrontParser, PLAIN) == own
    assert own[0][3][2] == (b"x-name", b"\xe9")


@pytest.mark.parametrize("nasty", NASTY)
def test_whatever_stands_anywhere_in_a_request_is_taken_as_gunicorn_takes_it(nasty: bytes) -> None:
    for place in range(len(PLAIN)):
        replaced, inserted = PLAIN[:place] + nasty + PLAIN[place + 1 :], PLAIN[:place] + nasty + PLAIN[place:]

        assert len({repr(each) for each in both(replaced)}) == 1, replaced
        assert len({repr(each) for each in both(inserted)}) == 1, inserted


@pytest.mark.parametrize(
    "data",
    [
        PLAIN + get("/next"),
        b"\r\n" + PLAIN,
        get("/", method="CONNECT"),
        get("http://127.0.0.1/"),
        get("/").replace(b"1.1", b"1.0"),
        get("/", "Connection: close"),
        get("/", "Host: other"),
        get("/", "Content-Length: 2", "Content-Length: 2", method="POST"),
        get("/", "Content-Length: 2", "Transfer-Encoding: chunked", method="POST"),
        get("/", "Transfer-Encoding: chunked", method="POST") + b"2\r\n{}\r\n0\r\n\r\nGET",
        get("/", "Transfer-Encoding: gzip", method="POST"),
        get("/", f"Content-Length: {'9' * 250}", method="POST"),
        *(get("/", *(f"X-{number}: x" for number in range(count))) for count in (4, 5)),
        *(get("/" + "x" * length) for length in (350, 384, 385, 386, 387, 500)),
        *(get("/", "X-Long: " + "x" * length) for length in (200, 289, 290, 291, 292, 500)),
    ],
)
def test_requests_at_the_limits_end_as_with_gunicorn_in_one_piece_or_two(data: bytes) -> None:
    assert len({repr(each) for each in both(data)}) == 1
    for place in range(0, len(data), 7):
        assert len({repr(each) for each in both(data[:place], data[place:])}) == 1
