"""The bridge alone: answers whose rest is made by a thread of its own."""

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest

from core import long_answers
from core.tests.asgi_server import Exchange, answering, bridge_to
from core.tests.test_wsgi_streams import Chunks


class Apart(Chunks):
    patience_seconds = 60.0

    def apart(self, pour: Callable[[], None]) -> None:
        threading.Thread(target=pour, daemon=True).start()


async def slowed(chunks: Chunks) -> tuple[Exchange, "asyncio.Task[Exchange]"]:
    """A client that takes nothing more, of a service with one thread."""
    slow = Exchange(bridge_to(answering(chunks), threads=1))
    slow.sending.clear()
    task = asyncio.create_task(slow.run())
    while not slow.sent:
        await asyncio.sleep(0.001)
    return slow, task


def test_it_arrives_whole_and_is_closed() -> None:
    chunks = Apart(100)

    done = asyncio.run(Exchange(bridge_to(answering(chunks))).run())

    assert (done.content, done.is_complete) == (b"chunk" * 99, True)
    assert chunks.closed.wait(5)


def test_a_slow_reader_holds_no_thread_that_serves_others() -> None:
    chunks = Apart(10_000)

    async def run() -> None:
        slow, task = await slowed(chunks)
        slow.bridge.app = answering([b"served"])
        assert (await Exchange(slow.bridge).run()).content == b"served"
        assert not chunks.closed.is_set()
        slow.gone.set()
        assert await asyncio.to_thread(chunks.closed.wait, 5)
        task.cancel()

    asyncio.run(run())


def test_a_reader_that_takes_no_piece_in_time_is_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    chunks = Apart(10_000)
    chunks.patience_seconds = 0.05

    async def run() -> None:
        slow, task = await slowed(chunks)
        slow.sending.set()  # what was not asked to hurry, the head and the first chunk, goes out
        while len(slow.sent) < 3:
            await asyncio.sleep(0)
        slow.sending.clear()
        await task
        assert not slow.is_complete
        assert await asyncio.to_thread(chunks.closed.wait, 5)

    with caplog.at_level(logging.INFO):
        asyncio.run(run())
    assert "slow_reader_cut_off" in caplog.text


def test_one_that_breaks_is_not_ended_as_if_it_were_whole(caplog: pytest.LogCaptureFixture) -> None:
    chunks = Apart(10, fails_at=3)

    done = asyncio.run(Exchange(bridge_to(answering(chunks))).run())

    assert (done.content, done.is_complete) == (b"chunkchunk", False)
    assert chunks.closed.wait(5)
    assert "request_failed" in caplog.text


def test_lines_travel_in_larger_pieces(monkeypatch: Any) -> None:
    monkeypatch.setattr(long_answers, "PIECE_BYTES", 5)

    assert list(long_answers.pieces(iter([b"one", b"two", b"three", b"4"]))) == [b"onetwo", b"three", b"4"]
