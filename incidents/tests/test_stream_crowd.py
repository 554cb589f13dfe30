"""A thousand browsers that only listen must not slow down those that ask."""

import asyncio

import pytest

from benchmarks import streams

pytestmark = pytest.mark.fault

TURNS = 2


def test_a_thousand_idle_streams_leave_plain_requests_four_fifths_of_their_rate() -> None:
    """By the processor time of each request, by turns: rates would tell of whatever else the machine does."""

    async def by_turns(service: streams.Service) -> tuple[float, float]:
        path = str(service.open_incident().headers["location"])
        await streams.rate(service, path)
        without, beside = [], []
        for _ in range(TURNS):
            without.append((await streams.rate(service, path)).microseconds)
            crowd = streams.Crowd()
            await crowd.open(service)
            beside.append((await streams.rate(service, path)).microseconds)
            await crowd.close()
        return min(without), min(beside)

    with streams.served() as service:
        without, beside = asyncio.run(by_turns(service))

    assert beside <= without / 0.8
