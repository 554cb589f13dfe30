"""One request as WSGI sees it: the environ, the call on a thread, and the answer that goes back to the loop."""

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator, MutableMapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any
from urllib.parse import unquote_to_bytes

from core import errors, metrics, request_id
from core.lanes import Job

logger = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Environ = dict[str, Any]
Headers = list[tuple[bytes, bytes]]
WSGIApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

CHUNKS_AHEAD = 4
FILE_BLOCK = 64 * 1024


class Channel:
    """Chunks on their way from a thread to the loop, a few at a time, so that a slow client slows the thread."""

    END = b""
    BROKEN = None

    def __init__(self, tell_loop: Callable[..., None], patience_seconds: float | None) -> None:
        self.tell_loop = tell_loop
        self.patience_seconds = patience_seconds  # until the client has to have taken a chunk
        self.chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.room = threading.Semaphore(CHUNKS_AHEAD)
        self.abandoned = False

    def pour(self, chunks: Iterator[bytes]) -> None:
        """Runs on the thread."""
        ending = self.BROKEN
        try:
            for chunk in filter(None, chunks):
                self.room.acquire()
                if self.abandoned:
                    return
                self.tell_loop(self.chunks.put_nowait, chunk)
            ending = self.END
        finally:
            self.tell_loop(self.chunks.put_nowait, ending)

    def abandon(self) -> None:
        """Nobody reads any more."""
        self.abandoned = True
        self.room.release()


# The whole answer from here on, given the message that starts it, and the two callables of ASGI.
OnTheLoop = Callable[[MutableMapping[str, Any], Callable[..., Any], Callable[..., Any]], Coroutine[Any, Any, None]]


@dataclass(slots=True)
class Answer:
    """Complete in `body`, or beginning with it and followed by what comes through `rest`, or told by `rest` alone."""

    status: int
    headers: Headers
    body: bytes
    rest: Channel | OnTheLoop | None = None


class FileBlocks:
    """wsgi.file_wrapper: files in larger blocks than Django's 4 KiB, each of which costs a hop to the loop."""

    def __init__(self, file: Any, _block_size: int = 0) -> None:
        self.file = file

    def __iter__(self) -> Iterator[bytes]:
        while block := self.file.read(FILE_BLOCK):
            yield block

    def close(self) -> None:
        self.file.close()


class Call:
    """Runs the application for one request. Lives on a thread, save for what it was made from."""

    __slots__ = ("_abandoned", "_app", "_channel", "_headers", "_is_apart", "_status", "environ")

    def __init__(self, app: WSGIApp, environ: Environ) -> None:
        self._app = app
        self.environ = environ
        self._status = 0
        self._headers: list[tuple[str, str]] = []
        self._channel: Channel | None = None
        self._abandoned = False
        self._is_apart = False

    def abandon(self) -> None:
        """Runs on the loop, at the end of each request: a stream that still flows must not hold its thread."""
        self._abandoned = True
        if self._channel is not None:
            self._channel.abandon()

    def __call__(self, job: Job[Any]) -> Answer:
        request_id.begin("")
        try:
            return self._run(job)
        except Exception:
            logger.exception("request_failed", extra={"path": self.environ["PATH_INFO"][:512]})
            refused = refusal(self.environ, errors.InternalError(), request_id.current())
            metrics.refused(self.environ, refused.status)
            return refused

    def _run(self, job: Job[Any]) -> Answer:
        result = self._app(self.environ, self._start_response)
        try:
            if is_complete(result):
                return self._complete(b"".join(result))
            return self._stream(result, job)
        finally:
            if not self._is_apart:
                finish(result)

    def _start_response(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        self._status = int(status[:3])
        self._headers = headers

    def _complete(self, body: bytes) -> Answer:
        headers = encoded(self._headers)
        if self._status not in (204, 304) and all(name.lower() != b"content-length" for name, _ in headers):
            headers.append((b"content-length", b"%d" % len(body)))
        return Answer(self._status, headers, b"" if self.environ["REQUEST_METHOD"] == "HEAD" else body)

    def _stream(self, result: Iterable[bytes], job: Job[Any]) -> Answer:
        if self.environ["REQUEST_METHOD"] == "HEAD":
            return Answer(self._status, encoded(self._headers), b"")
        if (on_the_loop := getattr(result, "on_the_loop", None)) is not None:  # it needs no thread any more
            return Answer(self._status, encoded(self._headers), b"", on_the_loop)
        chunks = iter(result)
        # The status leaves with the first chunk, so that a failure before it can still be a 500.
        first = next(filter(None, chunks), b"")
        channel = self._channel = Channel(job.tell_loop, getattr(result, "patience_seconds", None))
        if self._abandoned:  # before there was a channel to tell it to
            channel.abandon()
        answer = Answer(self._status, encoded(self._headers), first, channel)
        if (apart := getattr(result, "apart", None)) is not None:  # on a thread of its own: this one is free
            self._is_apart = True
            apart(partial(self._pour, chunks, channel, result))
            return answer
        job.tell_loop(job.answer, answer)
        channel.pour(chunks)
        return answer

    def _pour(self, chunks: Iterator[bytes], channel: Channel, result: Iterable[bytes]) -> None:
        try:
            channel.pour(chunks)
        except Exception:
            logger.exception("request_failed", extra={"path": self.environ["PATH_INFO"][:512]})
        finally:
            finish(result)


def finish(result: Iterable[bytes]) -> None:
    if (close := getattr(result, "close", None)) is not None:
        close()


def is_complete(result: Iterable[bytes]) -> bool:
    return isinstance(result, list | tuple) or getattr(result, "streaming", True) is False


def encoded(headers: list[tuple[str, str]]) -> Headers:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def refusal(environ: Environ, error: errors.DomainError, known_id: str = "") -> Answer:
    """An error that no view made, in the shape that all of them have."""
    request_id.begin(known_id or request_id.accept(environ.get("HTTP_X_REQUEST_ID")))
    body = errors.body(error)
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "X-Request-ID": request_id.current(),
        **error.headers,
    }
    return Answer(error.status, encoded(list(headers.items())), b"" if environ["REQUEST_METHOD"] == "HEAD" else body)


def environ_of(scope: Scope) -> Environ:
    """The environ of an ASGI scope, without its body."""
    server, client = scope.get("server") or ("", 0), scope.get("client") or ("", 0)
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": scope.get("root_path", ""),
        "PATH_INFO": path_info(scope),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileBlocks,
    }
    for name, value in scope["headers"]:
        add_header(environ, environ_key(name), value.decode("latin-1"))
    return environ


def path_info(scope: Scope) -> str:
    """The raw path with its escapes undone, byte for byte, as WSGI wants it; the front's own decoding loses bytes."""
    raw: bytes = scope["raw_path"]
    return (unquote_to_bytes(raw) if b"%" in raw else raw).decode("latin-1")


@lru_cache(maxsize=1024)
def environ_key(name: bytes) -> str:
    """Empty for X_Request_ID and its like: it would pass for X-Request-ID."""
    if b"_" in name:
        return ""
    key = name.decode("latin-1").upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


def add_header(environ: Environ, key: str, value: str) -> None:
    if key in environ:
        separator = "; " if key == "HTTP_COOKIE" else ","
        environ[key] = f"{environ[key]}{separator}{value}"
    elif key:
        environ[key] = value
