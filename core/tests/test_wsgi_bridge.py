"""The bridge alone: what the application gets to see of a request, and what becomes of an answer that is complete."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from core.tests.asgi_server import DISCONNECT, Exchange, answering, body, bridge_to, echo, environ_for, exchange


def test_a_small_answer_goes_out_in_two_messages_with_its_length() -> None:
    done = exchange(answering([b"one", b"two"]))

    assert (done.status, done.content, len(done.sent)) == (200, b"onetwo", 2)
    assert done.headers == {"content-type": "text/plain", "content-length": "6"}


def test_the_environ_says_who_calls_what() -> None:
    environ = environ_for(
        path="/a", raw_path=b"/caf%C3%A9/%ff", query_string=b"q=%20\xe9", scheme="https", method="PUT"
    )

    assert environ["PATH_INFO"].encode("latin-1") == "/café/".encode() + b"\xff"
    assert environ["QUERY_STRING"] == "q=%20é"
    assert (environ["REQUEST_METHOD"], environ["wsgi.url_scheme"]) == ("PUT", "https")
    assert (environ["REMOTE_ADDR"], environ["REMOTE_PORT"]) == ("192.0.2.1", "50000")
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("127.0.0.1", "3000")


def test_headers_are_joined_and_one_with_an_underscore_passes_for_no_other() -> None:
    environ = environ_for(
        headers=[
            (b"x-request-id", b"good"),
            (b"x_request_id", b"bad"),
            (b"content_length", b"7"),
            (b"accept", b"a"),
            (b"accept", b"\xe9"),
            (b"cookie", b"a=1"),
            (b"cookie", b"b=2"),
        ]
    )

    assert environ["HTTP_X_REQUEST_ID"] == "good"
    assert environ["HTTP_ACCEPT"] == "a,é"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert "CONTENT_LENGTH" not in environ


def test_a_chunked_body_has_its_real_length() -> None:
    environ = environ_for(body(b"one", b"", b"two"), method="POST", headers=[(b"transfer-encoding", b"chunked")])

    assert (environ["CONTENT_LENGTH"], environ["read"]) == ("6", 6)


def test_a_body_of_exactly_the_limit_is_read() -> None:
    environ = environ_for(body(b"x" * 400, b"x" * 600), method="POST", headers=[(b"content-length", b"1000")])

    assert (environ["CONTENT_LENGTH"], environ["read"]) == ("1000", 1000)


def test_a_declared_body_over_the_limit_is_not_read_at_all() -> None:
    done = exchange(echo, body(b"x"), method="POST", headers=[(b"content-length", b"1001")])

    environ = json.loads(done.content)
    assert (environ["CONTENT_LENGTH"], environ["read"], done.received) == ("1001", 0, 0)
    assert done.headers["connection"] == "close"


@pytest.mark.parametrize("chunks", [(b"x" * 1001,), (b"x" * 600, b"x" * 600, b"never read")])
def test_a_chunked_body_is_read_until_it_is_over_the_limit_and_no_further(chunks: tuple[bytes, ...]) -> None:
    done = exchange(echo, body(*chunks), method="POST")

    environ = json.loads(done.content)
    assert (environ["CONTENT_LENGTH"], environ["read"]) == ("1001", 0)
    assert done.received == min(2, len(chunks))
    assert done.headers["connection"] == "close"


def test_a_client_that_leaves_during_its_body_takes_no_thread() -> None:
    called: list[bool] = []

    done = exchange(lambda *_: called.append(True), [*body(b"half", b"")[:1], DISCONNECT], method="POST")

    assert (done.sent, called) == ([], [])


def test_unfinished_bodies_have_a_share_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.wsgi_bridge.MOST_BODY_MEMORY", 500)

    done = exchange(echo, body(b"x" * 300, b"x" * 600, b""), method="POST")

    assert (done.status, done.bridge.arriving) == (503, 0)


@pytest.mark.parametrize("content", [[b"body"], iter([b"bo", b"dy"])])
def test_head_has_the_headers_and_no_body(content: Any) -> None:
    done = exchange(answering(content), method="HEAD")

    assert (done.status, done.content, done.is_complete) == (200, b"", True)


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_an_answer_that_has_no_body_gets_no_length(status: str) -> None:
    assert "content-length" not in exchange(answering([], status)).headers


def broken() -> Iterator[bytes]:
    raise RuntimeError("a secret")
    yield b""


@pytest.mark.parametrize("app", [lambda *_: 1 / 0, answering(broken()), answering([b"x"], "rubbish")])
def test_an_exception_is_a_500_that_tells_nothing_and_is_logged(
    app: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    done = exchange(app, headers=[(b"x-request-id", b"abc-1")])

    assert done.status == 500
    assert done.headers["x-request-id"] == "abc-1"
    assert json.loads(done.content) == {
        "code": "INTERNAL_ERROR",
        "message": "Something went wrong on our side. Quote the request id when you report it.",
        "request_id": "abc-1",
        "details": {},
    }
    assert caplog.records[-1].exc_info


def test_lifespan_is_answered_and_web_sockets_are_refused() -> None:
    async def run(scope: dict[str, Any], *messages: str) -> list[str]:
        waiting, sent = list(messages), []

        async def receive() -> dict[str, Any]:
            return {"type": waiting.pop(0)}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message["type"])

        bridge = bridge_to(echo)
        await Exchange(bridge).run()
        await bridge(scope, receive, send)
        return sent

    assert asyncio.run(run({"type": "lifespan"}, "lifespan.startup", "lifespan.shutdown")) == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    assert asyncio.run(run({"type": "websocket"})) == ["websocket.close"]
