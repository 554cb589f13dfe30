"""Receivers in a process of their own: an endpoint's address says how it behaves, and every arrival is noted on disk
before it is answered; mails, too. `python -m tests.chaos.sink FILE durable` prints both ports."""

import asyncio
import contextlib
import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from email import message_from_bytes
from pathlib import Path
from typing import Any, NamedTuple

from aiosmtpd.smtp import SMTP, Envelope, Session

ROOT = Path(__file__).resolve().parents[2]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
THREAD = re.compile("<incident-([0-9a-f-]{36})@")
FOR_EVER = 60.0  # longer than anybody waits


class Arrival(NamedTuple):
    at: float
    name: str  # of the endpoint, or "mail"
    id: str  # webhook-id, or Message-ID
    incident: str
    sequence: int = 0
    created_at: str = ""


class Sink:
    """`url("slow-1", "a")` is an endpoint called `a` that takes up to a second."""

    def __init__(self, file: Path, *, waits_for_the_disk: bool = True) -> None:
        self.file = file
        command = [sys.executable, "-m", "tests.chaos.sink", str(file), *(["durable"] if waits_for_the_disk else [])]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.port, self.mail_port = map(int, self.process.stdout.readline().split())

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(5)
        assert self.process.stdout
        self.process.stdout.close()

    def url(self, behaviour: str, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{behaviour}/{name}"

    def arrivals(self) -> list[Arrival]:
        return [Arrival(*json.loads(line)) for line in self.file.read_text().split("\n")[:-1]]

    def mails(self) -> list[Arrival]:
        return [each for each in self.arrivals() if each.name == "mail"]


Answer = Callable[[asyncio.StreamWriter, str], Awaitable[None]]


async def ok(writer: asyncio.StreamWriter, _: str) -> None:
    writer.write(OK)


async def slow(writer: asyncio.StreamWriter, most: str) -> None:
    await asyncio.sleep(random.uniform(0, float(most)))  # noqa: S311  no secret hangs on it
    writer.write(OK)


async def status(writer: asyncio.StreamWriter, number: str) -> None:
    writer.write(f"HTTP/1.1 {number} Said\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())


async def hang(_: asyncio.StreamWriter, __: str) -> None:
    await asyncio.sleep(FOR_EVER)


async def drip(writer: asyncio.StreamWriter, _: str) -> None:
    """A byte a second."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _second in range(int(FOR_EVER)):
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(1)


async def endless(writer: asyncio.StreamWriter, _: str) -> None:
    writer.transport.set_write_buffer_limits(0)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    with contextlib.suppress(ConnectionError):
        while True:
            writer.write(b"." * 4096)
            await writer.drain()


BEHAVIOURS: dict[str, Answer] = {
    "ok": ok,
    "slow": slow,
    "status": status,
    "hang": hang,
    "drip": drip,
    "endless": endless,
}


class Server:
    def __init__(self, file: Path, is_durable: bool) -> None:
        self.file = file.open("a", buffering=1)
        self.is_durable = is_durable

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await self.answer(reader, writer)
        writer.close()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
        body = await reader.readexactly(int(headers["content-length"]))
        _, behaviour, name = head[0].split()[1].split("/")
        self.note(name, headers["webhook-id"], json.loads(body))
        how, _, detail = behaviour.partition("-")
        await BEHAVIOURS[how](writer, detail)
        await writer.drain()

    def note(self, name: str, id: str, body: dict[str, Any]) -> None:
        data = body["data"]
        incident, event = data.get("incident", {}), data.get("event", {})
        self.keep(name, id, incident.get("id", ""), event.get("sequence", 0), event.get("created_at", ""))

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        headers = message_from_bytes(envelope.content)
        incident = THREAD.search(headers.get("In-Reply-To", ""))
        self.keep("mail", headers["Message-ID"], incident[1] if incident else "")
        return "250 OK"

    def keep(self, *told: Any) -> None:
        self.file.write(f"{json.dumps([time.time(), *told])}\n")
        if self.is_durable:
            os.fsync(self.file.fileno())


async def main(file: Path, is_durable: bool) -> None:
    server = Server(file, is_durable)
    running = await asyncio.start_server(server.serve, "127.0.0.1", 0, backlog=512)
    mails = await asyncio.get_running_loop().create_server(lambda: SMTP(server), "127.0.0.1", 0)
    ports = [each.sockets[0].getsockname()[1] for each in (running, mails)]
    sys.stdout.write(f"{ports[0]} {ports[1]}\n")
    sys.stdout.flush()
    await running.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), "durable" in sys.argv))
