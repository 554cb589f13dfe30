"""The gunicorn worker of the web front: bounds how many connections there are and how long each may dawdle."""

import asyncio
import logging
import signal
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import uvloop
from gunicorn.asgi.protocol import ASGIProtocol  # type: ignore[import-untyped]  # gunicorn has no types
from gunicorn.workers.gasgi import ASGIWorker  # type: ignore[import-untyped]  # gunicorn has no types

from core import front_sockets, stopping
from core.front_parser import FrontParser

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 0.5
FILES_BESIDE_CONNECTIONS = 128
ACCEPT_AGAIN_SECONDS = 1.0
OTHERS_TURN_SECONDS = 0.001


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds that a connection may stay in one phase; a phase that is not named here is free."""

    header: float = 10
    body: float = 30
    write: float = 30  # without a single byte taken by the client
    closing: float = 3


class FrontProtocol(ASGIProtocol):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's connection, which here can be asked what it waits for. Costs nothing while a request runs."""

    _closed: bool
    _callback_parser: FrontParser | None

    def __init__(self, worker: "FrontWorker") -> None:
        super().__init__(worker)
        self._phase: tuple[str, int] = ("", 0)
        self._phase_began = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:
        if len(self.worker.connections) >= self.worker.most_connections:
            transport.abort()
            return
        self.worker.connections.add(self)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self in self.worker.connections:
            self.worker.connections.discard(self)
            super().connection_lost(exc)

    def _setup_callback_parser(self) -> None:
        self._callback_parser = FrontParser(
            on_headers_complete=self._on_headers_complete,
            on_body=self._on_body,
            on_message_complete=self._on_message_complete,
            limit_request_line=self.cfg.limit_request_line,
            limit_request_fields=self.cfg.limit_request_fields,
            limit_request_field_size=self.cfg.limit_request_field_size,
        )

    def _http1_buffered(self) -> int:
        """With what a client has sent of its next requests, which gunicorn counts for its own class alone."""
        parser = self._callback_parser
        ahead = len(parser._buffer) if parser is not None and parser.is_complete else 0
        return int(super()._http1_buffered()) + ahead

    async def _serve_http_request(self, *call: Any) -> bool:
        """Without a task for each call, by which an application could go on after its answer: ours does not."""
        return bool(await self._handle_http_request(*call))

    def overdue(self, now: float, limits: Limits) -> str | None:
        """The phase in which the connection has made no progress for too long."""
        phase = self._current_phase()
        if phase != self._phase:
            self._phase, self._phase_began = phase, now
        limit = getattr(limits, phase[0], None)
        return phase[0] if limit is not None and now - self._phase_began >= limit else None

    def is_idle(self) -> bool:
        return self._current_phase()[0] == "idle"

    def close_idle(self) -> None:
        if not front_sockets.has_unread(self.transport):
            super()._keepalive_timeout()

    def _current_phase(self) -> tuple[str, int]:
        unsent: int = self.transport.get_write_buffer_size()
        if unsent:
            return "write", unsent
        if self._closed:
            return "closing", 0
        if self._current_request is None:
            return "header" if self.req_count <= 1 or self._has_begun_header() else "idle", self.req_count
        return "running" if self._has_whole_body() else "body", self.req_count

    def _has_begun_header(self) -> bool:
        parser = self._callback_parser
        return bool(getattr(parser, "_buffer", b"")) or getattr(parser, "_state", "request_line") == "headers"

    def _has_whole_body(self) -> bool:
        return self._body_receiver is None or self._body_receiver._complete

    def _keepalive_timeout(self) -> None:
        if not self._has_begun_header():
            self.close_idle()

    def _feed_callback_parser(self, data: bytes) -> bool:
        try:
            return bool(super()._feed_callback_parser(data))
        except ValueError:  # a Content-Length of more digits than Python converts
            self._send_error_response(400, "Invalid Content-Length")
            self._close_transport()
            return False

    def _close_transport(self) -> None:
        """With input still on its way, a plain close resets the connection, and the client may never see our answer."""
        if self._closed or (self._has_whole_body() and not self._has_begun_header()):
            super()._close_transport()
            return
        self._closed = True
        self._callback_parser = None  # what still comes in is dropped until the client closes, or `closing` is over
        self.transport.write_eof()
        self._resume_reading()


class FrontLoop(uvloop.Loop):
    def __init__(self, worker: "FrontWorker") -> None:
        super().__init__()
        self._worker = worker

    async def create_server(self, _factory: Any, *, sock: socket.socket, **_options: Any) -> "Door":  # type: ignore[override]  # gunicorn's call
        return Door(sock, self, lambda: FrontProtocol(self._worker))


class Door:
    """Accepts one connection at a time, and then looks away for a moment: else the process that wakes first takes all
    clients of a burst, and the others stand idle beside it."""

    def __init__(self, sock: socket.socket, loop: FrontLoop, factory: Callable[[], FrontProtocol]) -> None:
        self._sock = sock
        self._loop = loop
        self._factory = factory
        self._entering: set[asyncio.Task[Any]] = set()
        sock.setblocking(False)
        self._open()

    def _open(self) -> None:
        self._loop.add_reader(self._sock, self._accept)

    def _accept(self) -> None:
        try:
            connection, _ = self._sock.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):  # another process was quicker, or it left
            return
        except OSError:  # no file or memory left: whoever waits goes on waiting
            logger.exception("connection_not_accepted")
            self._look_away(ACCEPT_AGAIN_SECONDS)
            return
        connection.setblocking(False)
        task = self._loop.create_task(self._loop.connect_accepted_socket(self._factory, connection))
        self._entering.add(task)
        task.add_done_callback(self._entering.discard)
        self._look_away(OTHERS_TURN_SECONDS)

    def _look_away(self, seconds: float) -> None:
        self._loop.remove_reader(self._sock)
        self._loop.call_later(seconds, self._reopen)

    def _reopen(self) -> None:
        if self._sock.fileno() >= 0:
            self._open()

    def close(self) -> None:
        if self._sock.fileno() >= 0:
            self._loop.remove_reader(self._sock)
            self._sock.close()

    async def wait_closed(self) -> None:
        """As asyncio's servers have it; what was accepted is gunicorn's to wait for."""


class FrontWorker(ASGIWorker):  # type: ignore[misc]  # gunicorn has no types
    limits = Limits()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connections: set[FrontProtocol] = set()
        self.most_connections = self.cfg.worker_connections

    def init_process(self) -> None:
        self.most_connections = min(self.most_connections, front_sockets.raised_file_limit() - FILES_BESIDE_CONNECTIONS)
        super().init_process()

    def _setup_event_loop(self) -> None:
        self.loop = FrontLoop(self)
        asyncio.set_event_loop(self.loop)

    def init_signals(self) -> None:
        """Not yet: until the loop runs nobody would hear them, and core.front_signals has it end at once."""
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)

    async def _serve(self) -> None:
        super().init_signals()
        sweeping = asyncio.create_task(self._sweep_for_ever())
        try:
            await super()._serve()
        finally:
            sweeping.cancel()

    async def _shutdown(self) -> None:
        self.alive = False  # still true where the master is gone: nobody's connection is kept then, either
        stopping.begin()  # gunicorn waits for what runs, and a live stream runs for ever
        await super()._shutdown()

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self._sweep(self.loop.time())

    def _sweep(self, now: float) -> None:
        closed: Counter[str] = Counter()
        for connection in tuple(self.connections):
            if phase := connection.overdue(now, self.limits):
                connection.transport.abort()
                closed[phase] += 1
            elif not self.alive and connection.is_idle():
                connection.close_idle()
        if closed:
            logger.info("slow_connections_closed", extra={"phases": dict(closed)})
