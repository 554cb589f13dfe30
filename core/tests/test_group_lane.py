"""Requests that wait at the same moment are served together, and whoever is not chosen goes elsewhere."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from core.lanes import GroupLane, NoThreadFree

Together = Callable[[list[Any]], list[Any]]


def run(together: Together, works: list[Any]) -> list[Any]:
    lane: GroupLane[Any] = GroupLane("test", together)

    async def all_at_once() -> list[Any]:
        return await asyncio.gather(*(lane.run(work) for work in works))

    try:
        return asyncio.run(all_at_once())
    finally:
        lane.stop()


def test_all_that_wait_are_served_in_groups_and_each_gets_its_own_answer() -> None:
    sizes: list[int] = []
    open_door = threading.Event()

    def together(works: list[Any]) -> list[Any]:
        sizes.append(len(works))
        open_door.wait(0.05)  # by then the others wait
        return works

    answers = run(together, list(range(40)))

    assert answers == list(range(40))
    assert sum(sizes) == 40
    assert len(sizes) <= 4
    assert max(sizes) == 16


def test_whoever_is_not_answered_gets_nothing() -> None:
    assert run(lambda works: [None if work == "b" else work for work in works], ["a", "b"]) == ["a", None]


def test_a_look_up_that_fails_sends_everybody_elsewhere_and_the_lane_lives_on(caplog: pytest.LogCaptureFixture) -> None:
    calls: list[int] = []

    def together(works: list[Any]) -> list[Any]:
        calls.append(len(works))
        if len(calls) == 1:
            raise RuntimeError("broken")
        return works

    lane: GroupLane[Any] = GroupLane("test", together)

    async def one_after_the_other() -> list[Any]:
        return [await lane.run("a"), await lane.run("b")]

    assert asyncio.run(one_after_the_other()) == [None, "b"]
    assert "group_failed" in caplog.text
    lane.stop()


def test_whoever_waits_too_long_is_told_so() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def together(works: list[Any]) -> list[Any]:
        begun.set()
        go_on.wait(1)
        return works

    lane: GroupLane[Any] = GroupLane("test", together)
    lane.patience = 0.05

    async def two() -> list[Any]:
        first = asyncio.ensure_future(lane.run("first"))
        await asyncio.to_thread(begun.wait)
        with pytest.raises(NoThreadFree):
            await lane.run("second")
        go_on.set()
        return [await first]

    assert asyncio.run(two()) == ["first"]
    lane.stop()
