"""What streams cost: `python -m benchmarks.streams [number of streams]`. Plain requests with and without 1,000 idle
streams, by turns, on engines and a server (two workers) of its own; the memory of a stream; and how soon all hear of an
event, which takes in the time of the request that opens the incident."""

import asyncio
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from core.tests import fault_bench
from core.tests.fault_bench import Service
from core.tests.front_server import memory_mb

STREAMS = 1000
CONNECTIONS = 16
SECONDS = 4.0
TURNS = 4
INCIDENTS = 20


def say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")


def request(path: str, token: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


class Rate(NamedTuple):
    per_second: float
    microseconds: float  # of processor time for each


async def plain(service: Service, path: str, until: float) -> int:
    """How many answers one connection got."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    count, asked = 0, request(path, service.token)
    while time.monotonic() < until:
        writer.write(asked)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(length)
        count += 1
    writer.close()
    return count


async def rate(service: Service, path: str) -> Rate:
    until, used = time.monotonic() + SECONDS, processor_seconds(service)
    count = sum(await asyncio.gather(*(plain(service, path, until) for _ in range(CONNECTIONS))))
    return Rate(count / SECONDS, (processor_seconds(service) - used) / count * 1e6)


def processor_seconds(service: Service) -> float:
    """Of both workers until now. Unlike a rate it says little of what else the machine does."""
    ticks = 0
    for pid in service.workers():
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


async def stream(service: Service) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    writer.write(request("/v1/stream", service.token))
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head.decode())
    return reader, writer


class Crowd:
    async def open(self, service: Service) -> None:
        self.streams = []
        for _ in range(STREAMS // 20):
            self.streams += await asyncio.gather(*(stream(service) for _ in range(20)))

    async def close(self) -> None:
        for _, writer in self.streams:
            writer.close()
        await asyncio.sleep(1)

    async def delays(self, service: Service) -> list[float]:
        """From the request to open an incident to each stream's word of it, in seconds."""
        began = time.monotonic()
        listening = [asyncio.create_task(self.heard(reader)) for reader, _ in self.streams]
        await asyncio.to_thread(service.open_incident)
        return [at - began for at in await asyncio.gather(*listening)]

    async def heard(self, reader: asyncio.StreamReader) -> float:
        await reader.readuntil(b"event: CREATED")
        return time.monotonic()


async def idle_share(service: Service) -> float:
    await asyncio.sleep(2)
    used, began = processor_seconds(service), time.monotonic()
    await asyncio.sleep(6)
    return (processor_seconds(service) - used) / (time.monotonic() - began)


async def measure(service: Service) -> None:
    path = str(service.open_incident().headers["location"])
    crowd, without, beside = Crowd(), [], []
    await rate(service, path)
    bare = sum(map(memory_mb, service.workers()))
    for _ in range(TURNS):
        without.append(await rate(service, path))
        await crowd.open(service)
        beside.append(await rate(service, path))
        held = sum(map(memory_mb, service.workers()))
        idle = await idle_share(service)
        delays = [sorted(await crowd.delays(service)) for _ in range(INCIDENTS)]
        await crowd.close()
    for name, rates in (("without streams", without), (f"beside {STREAMS} idle streams", beside)):
        say(f"plain requests a second {name}: " + ", ".join(f"{each.per_second:.0f}" for each in rates))
        say(f"processor time of each: {statistics.median(each.microseconds for each in rates):.0f} us")
    ratio = statistics.median(b.per_second / w.per_second for w, b in zip(without, beside, strict=True))
    say(f"both workers while nothing happens: {idle:.1%} of a core")
    say(f"memory of both workers: {bare:.0f} MB, {held:.0f} MB with them: {(held - bare) / STREAMS * 1024:.0f} KB each")
    for which, place in (("first", 0), ("middle", STREAMS // 2), ("last", -1)):
        after = sorted(each[place] * 1000 for each in delays)
        say(f"the {which} heard of an incident after {statistics.median(after):.0f} ms, {after[-1]:.0f} at worst")
    say(json.dumps({"ratio": round(ratio, 3)}))


@contextlib.contextmanager
def served() -> Iterator[Service]:
    with (
        tempfile.TemporaryDirectory() as folder,
        fault_bench.bench() as bench,
    ):
        service = Service(Path(folder) / "log", bench)
        with service:
            yield service


if __name__ == "__main__":
    STREAMS = int(sys.argv[1]) if sys.argv[1:] else STREAMS
    with served() as running:
        asyncio.run(measure(running))
