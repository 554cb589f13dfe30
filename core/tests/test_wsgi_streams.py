"""The bridge alone: answers that stream, and the threads that serve them."""

import asyncio
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from core.tests.asgi_server import Exchange, answering, bridge_to, exchange
from core.wsgi_call import FileBlocks


class Chunks:
    """A streaming answer that counts what was taken from it."""

    def __init__(self, count: int, fails_at: int | None = None) -> None:
        self.count = count
        self.fails_at = fails_at
        self.taken = 0
        self.closed = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        for number in range(self.count):
            if number == self.fails_at:
                raise RuntimeError("a secret")
            self.taken += 1
            yield b"" if number == 1 else b"chunk"

    def close(self) -> None:
        self.closed.set()


def within(seconds: float, is_so: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.001)
    return is_so()


def test_a_stream_arrives_whole_and_is_closed() -> None:
    chunks = Chunks(100)

    done = exchange(answering(chunks))

    assert (done.content, done.is_complete) == (b"chunk" * 99, True)
    assert chunks.closed.wait(1)


def test_a_stream_waits_for_its_client_and_ends_when_the_client_leaves() -> None:
    chunks = Chunks(10_000)

    async def run() -> None:
        slow = Exchange(bridge_to(answering(chunks), threads=1))
        slow.sending.clear()
        task = asyncio.create_task(slow.run())
        while not slow.sent or chunks.taken < 6:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.02)
        assert chunks.taken < 10
        slow.gone.set()
        assert await asyncio.to_thread(chunks.closed.wait, 1)
        assert (await Exchange(slow.bridge).run()).status == 200  # the thread is free again
        task.cancel()

    asyncio.run(run())


def test_a_stream_ends_when_its_request_is_cancelled() -> None:
    chunks = Chunks(10_000)

    async def run() -> None:
        slow = Exchange(bridge_to(answering(chunks)))
        slow.sending.clear()
        task = asyncio.create_task(slow.run())
        while not slow.sent:
            await asyncio.sleep(0.001)
        task.cancel()
        assert await asyncio.to_thread(chunks.closed.wait, 1)

    asyncio.run(run())


def test_a_stream_that_breaks_is_not_ended_as_if_it_were_whole(caplog: pytest.LogCaptureFixture) -> None:
    chunks = Chunks(10, fails_at=3)

    done = exchange(answering(chunks))

    assert (done.content, done.is_complete) == (b"chunkchunk", False)
    assert chunks.closed.wait(1)
    assert within(1, lambda: "request_failed" in caplog.text)  # the thread logs it after all that


def test_files_are_read_in_large_blocks_and_closed(tmp_path: Any) -> None:
    (tmp_path / "file").write_bytes(b"x" * 100_000)
    file = (tmp_path / "file").open("rb")

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> FileBlocks:
        start_response("200 OK", [("Content-Length", "100000")])
        return environ["wsgi.file_wrapper"](file, 4096)

    done = exchange(app)

    assert [len(message["body"]) for message in done.sent[1:]] == [65536, 34464, 0]
    assert within(1, lambda: file.closed)  # by the thread, after the last block has left


def test_with_every_thread_busy_a_request_waits_then_gets_503_while_health_answers(
    caplog: pytest.LogCaptureFixture,
) -> None:
    release = threading.Event()

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        if environ["PATH_INFO"] == "/stuck":
            release.wait(5)
        return answering([b"ok"])(environ, start_response)

    async def run() -> None:
        bridge = bridge_to(app, threads=2, patience=0.1)
        stuck = [asyncio.create_task(Exchange(bridge, path="/stuck").run()) for _ in range(2)]
        await asyncio.sleep(0)
        started = time.monotonic()
        refused, healthy = await asyncio.gather(
            Exchange(bridge, headers=[(b"x-request-id", b"abc-2")]).run(), Exchange(bridge, path="/health").run()
        )
        assert time.monotonic() - started >= 0.1
        assert (refused.status, healthy.status) == (503, 200)
        assert refused.headers["retry-after"] == "1"
        assert refused.headers["x-request-id"] == json.loads(refused.content)["request_id"] == "abc-2"
        assert json.loads(refused.content)["code"] == "SERVICE_UNAVAILABLE"

        waiting = asyncio.create_task(Exchange(bridge).run())
        await asyncio.sleep(0)
        release.set()
        assert [(await task).status for task in (*stuck, waiting)] == [200, 200, 200]
        assert bridge.lane.taken == 0

    with caplog.at_level(logging.WARNING):
        asyncio.run(run())
    assert "request_refused" in caplog.text


def test_a_client_that_leaves_the_queue_is_not_served() -> None:
    release = threading.Event()
    served: list[str] = []

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        served.append(environ["PATH_INFO"])
        release.wait(5)
        return answering([b"ok"])(environ, start_response)

    async def run() -> None:
        bridge = bridge_to(app, threads=1)
        first = asyncio.create_task(Exchange(bridge, path="/first").run())
        await asyncio.sleep(0)
        second = asyncio.create_task(Exchange(bridge, path="/second").run())
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        release.set()
        await first
        assert (await Exchange(bridge, path="/third").run()).status == 200
        assert bridge.lane.taken == 0

    asyncio.run(run())
    assert served == ["/first", "/third"]
