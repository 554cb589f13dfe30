"""Runs a WSGI application on a few threads behind an ASGI server; a slow client holds memory, never a thread."""

import asyncio
import io
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from core import errors, metrics
from core.lanes import GroupLane, Lane, NoThreadFree
from core.wsgi_call import Answer, Call, Channel, Environ, Scope, WSGIApp, environ_of, refusal

logger = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MOST_BODY_MEMORY = 128 * 1024 * 1024


class ClientGone(Exception):
    """The client left, or the front closed its connection, before the request was complete."""


class NoMemoryFree(Exception):
    """Bodies that are still arriving fill the memory set aside for them."""


@dataclass(frozen=True, slots=True)
class Group:
    """Requests that are cheaper together."""

    takes: Callable[[Environ], bool]
    lane: GroupLane[Answer]


class WSGIBridge:
    """`lane` serves every path save those of `own_lanes`, which answer even when all its threads are stuck, and what
    `group` answers."""

    def __init__(
        self,
        app: WSGIApp,
        *,
        lane: Lane[Answer],
        own_lanes: Mapping[str, Lane[Answer]],
        longest_body: int,
        group: Group | None = None,
    ) -> None:
        self.app = app
        self.lane = lane
        self.own_lanes = own_lanes
        self.longest_body = longest_body
        self.group = group
        self.arriving = 0  # bytes of bodies that came in pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        else:
            await send({"type": "websocket.close"})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for lane in (self.lane, *self.own_lanes.values()):
            lane.stop()
        if self.group is not None:
            self.group.lane.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        environ = environ_of(scope)
        environ[metrics.ARRIVED] = time.perf_counter()
        call = Call(self.app, environ)
        try:
            fits = await self._read_body(environ, receive)
            answer = await self._answer(call)
            if not fits:
                answer.headers.append((b"connection", b"close"))
            await deliver(answer, call, receive, send)
        except ClientGone:
            pass
        except TimeoutError:
            logger.info("slow_reader_cut_off", extra={"path": environ["PATH_INFO"][:512]})
        except (NoThreadFree, NoMemoryFree) as reason:
            logger.warning("request_refused", extra={"reason": type(reason).__name__})
            refused = refusal(environ, errors.ServiceUnavailable())
            metrics.refused(environ, refused.status)
            await deliver(refused, call, receive, send)
        finally:
            call.abandon()

    async def _answer(self, call: Call) -> Answer:
        call.environ[metrics.ARRIVED] = time.perf_counter()  # how long a client takes for its body is not ours
        own = self.own_lanes.get(call.environ["PATH_INFO"])
        if own is not None:
            return await own.run(call)
        metrics.in_flight.inc()
        try:
            return await self._run(call)
        finally:
            metrics.in_flight.dec()

    async def _run(self, call: Call) -> Answer:
        if self.group is not None and self.group.takes(call.environ):
            answer = await self.group.lane.run(call)
            if answer is not None:
                return answer
        return await self.lane.run(call)

    async def _read_body(self, environ: Environ, receive: Receive) -> bool:
        """Puts the body into `environ`. False: it is too long, was not read to its end, and is left out."""
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body, fits = b"", length <= self.longest_body
        if fits:
            message = await received(receive)
            body = message.get("body", b"")
            if message.get("more_body"):
                body = await self._read_pieces(body, receive)
            fits = len(body) <= self.longest_body
        environ["wsgi.input"] = io.BytesIO(body if fits else b"")
        if body or not fits:
            environ["CONTENT_LENGTH"] = str(len(body) if fits else max(length, self.longest_body + 1))
        return fits

    async def _read_pieces(self, first: bytes, receive: Receive) -> bytes:
        """The body, or as much of it as shows that it is too long."""
        body = bytearray(first)
        try:
            while len(body) <= self.longest_body:
                message = await received(receive)
                chunk = message.get("body", b"")
                body += chunk
                self.arriving += len(chunk)
                if not message.get("more_body"):
                    break
                if self.arriving > MOST_BODY_MEMORY:
                    raise NoMemoryFree
        finally:
            self.arriving -= len(body) - len(first)
        return bytes(body)


async def received(receive: Receive) -> MutableMapping[str, Any]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGone
    return message


async def deliver(answer: Answer, call: Call, receive: Receive, send: Send) -> None:
    start = {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
    if answer.rest is None:
        await send(start)
        await send({"type": "http.response.body", "body": answer.body})
        return
    if not isinstance(answer.rest, Channel):
        await answer.rest(start, receive, send)
        return
    watcher = asyncio.ensure_future(abandon_when_gone(call, receive))
    try:
        await send(start)
        await forward(answer.body, answer.rest, send)
    finally:
        watcher.cancel()


async def forward(first: bytes, channel: Channel, send: Send) -> None:
    """Send what the thread pours. A broken answer is left without its end, so that the front closes the connection."""
    await send({"type": "http.response.body", "body": first, "more_body": True})
    while chunk := await channel.chunks.get():
        async with asyncio.timeout(channel.patience_seconds):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        channel.room.release()
    if chunk is Channel.END:
        await send({"type": "http.response.body", "body": b""})


async def abandon_when_gone(call: Call, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    call.abandon()
