"""All streams of this process. One reader follows the log for all of them; each has a place in it, a few events that
it has not taken yet, and nothing else: no thread and no connection. All of it lives on the event loop."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection

from core import metrics, request_id, stopping
from core.lanes import Lane, NoThreadFree
from incidents.stream import log
from incidents.stream.client import Accepted, Client
from incidents.stream.log import Entry
from incidents.stream.position import Position
from incidents.stream.recent import Recent
from incidents.stream.tail import Tail
from users import standing

logger = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

COMMENT = b":\n\n"
COMMENT_SECONDS = 15.0
UNCHECKED_SECONDS = 60.0  # for so long a caller may stay without anybody knowing whether they still may
PATIENCE_SECONDS = 60.0  # of a client who has much to catch up, until there is a thread for it

GONE = "client gone"


class Hub:
    def __init__(self) -> None:
        self.clients: set[Client] = set()
        self.is_stopping = False
        self._following: set[Client] = set()  # those who have caught up
        self._recent = Recent(Position(0, 0, 0))
        self._tail: Tail | None = None
        self._checking: asyncio.Task[None] | None = None
        self._reader: Lane[Any] = Lane("stream-reader", threads=1, patience=PATIENCE_SECONDS)

    def is_full(self) -> bool:
        """Asked from a thread, before a stream is begun: some that begin together may all still pass."""
        return self.is_stopping or len(self.clients) >= settings.STREAM_LIMIT

    async def serve(self, accepted: Accepted, start: Message, receive: Receive, send: Send) -> None:
        client = Client(accepted)
        self.clients.add(client)
        self._begin(accepted.present.now)
        watcher = asyncio.ensure_future(end_when_gone(client, receive))
        telling = asyncio.ensure_future(self._tell(client, start, send))
        client.at_end = telling.cancel
        began = asyncio.get_running_loop().time()
        try:
            await telling
        except asyncio.CancelledError:
            if client.ending is None:
                raise
            await send({"type": "http.response.body", "body": b""})
        finally:
            watcher.cancel()
            self.clients.discard(client)
            self._following.discard(client)
            seconds = asyncio.get_running_loop().time() - began
            told_of(client, accepted.request_id, seconds)

    async def _tell(self, client: Client, start: Message, send: Send) -> None:
        """A task that the client's end cancels, wherever it waits: for news, for the database, or for the network."""
        await send(start)
        await send(piece(COMMENT))
        await self._catch_up(client, send)
        await follow(client, send)

    def _begin(self, now: Position) -> None:
        """In the process that serves, with its first stream: threads do not survive a fork."""
        if self._tail is not None:
            return
        loop = asyncio.get_running_loop()
        self._recent = Recent(now)
        self._tail = Tail(now, loop, publish=self._publish, lose=self._lose, audience=self.clients)
        self._tail.start()
        self._checking = loop.create_task(self._check_for_ever(self._tail))
        stopping.at_stop(self._stop)

    def _publish(self, entries: list[Entry]) -> None:
        self._recent.add(entries)
        for client in tuple(self._following):
            client.offer(entries)

    async def _catch_up(self, client: Client, send: Send) -> None:
        while not self._adopt(client):
            reached = self._recent.until  # what is here by now, the page to come shows too
            entries = await self._ask(partial(log.page, client.after, client.wanted))
            if isinstance(entries, Exception):
                client.end(f"not read: {type(entries).__name__}")
                await asyncio.sleep(0)  # where it ends
            if texts := client.pick(entries):
                client.told += len(texts)
                await send(piece(b"".join(texts)))
            if len(entries) < log.PAGE:
                client.after = max(client.after, reached)

    def _adopt(self, client: Client) -> bool:
        missed = self._recent.after(client.after)
        if missed is None:
            return False
        client.offer(missed)
        self._following.add(client)
        return True

    async def _ask(self, question: Callable[[], Any]) -> Any:
        """The database's answer, or what went wrong instead."""

        def ask(_job: Any) -> Any:
            try:
                connection.close_if_unusable_or_obsolete()
                return question()
            except Exception as error:  # noqa: BLE001  for whoever waits on the loop
                return error

        try:
            return await self._reader.run(ask)
        except NoThreadFree as error:
            return error

    async def _check_for_ever(self, tail: Tail) -> None:
        """Whoever may not read any more is sent away; and when all have left, everybody here may rest."""
        loop = asyncio.get_running_loop()
        checked_at = loop.time()
        while self._tail is tail:
            await asyncio.sleep(settings.STREAM_CHECK_SECONDS)
            if not self.clients:
                self._rest(tail)
                return
            credentials = {client.credential for client in self.clients if client.credential}
            lost = await self._ask(partial(standing.lost, credentials))
            if not isinstance(lost, Exception):
                checked_at = loop.time()
                self._end("not allowed any more", lost)
            elif loop.time() - checked_at + settings.STREAM_CHECK_SECONDS > UNCHECKED_SECONDS:
                self._end("not checked", credentials)

    def _end(self, reason: str, credentials: Any) -> None:
        for client in tuple(self.clients):
            if client.credential in credentials:
                client.end(reason)

    def _lose(self, tail: Tail) -> None:
        for client in tuple(self.clients):
            client.end("log replaced")
        self._rest(tail)

    def _rest(self, tail: Tail) -> None:
        tail.stop()
        if self._tail is tail:
            self._tail = None

    def _stop(self) -> None:
        self.is_stopping = True
        for client in tuple(self.clients):
            client.end("stopping")
        if self._tail is not None:
            self._rest(self._tail)


hub = Hub()
metrics.sampled("incidents_streams_open", "Live streams that are open.", lambda: len(hub.clients))


async def follow(client: Client, send: Send) -> None:
    """Tells of all that is offered, and says something now and then, so that nobody on the way takes it for dead."""
    loop = asyncio.get_running_loop()
    due = loop.time() + COMMENT_SECONDS
    while True:
        try:
            async with asyncio.timeout_at(due):
                await client.news.wait()
        except TimeoutError:
            pass
        chunk = client.take()
        if loop.time() >= due:
            chunk += COMMENT
            due += COMMENT_SECONDS
        if chunk:
            await send(piece(chunk))


async def end_when_gone(client: Client, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    client.end(GONE)


def piece(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": True}


def told_of(client: Client, id_of_request: str, seconds: float) -> None:
    request_id.begin(id_of_request)
    extra = {"reason": client.ending or GONE, "seconds": round(seconds, 1), "events": client.told}
    logger.info("stream_ended", extra=extra)
    request_id.begin("")
