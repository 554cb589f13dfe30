"""A client of the stream, in a thread: what it was told, and how often it had to come back."""

import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit


class Told(NamedTuple):
    id: str
    type: str
    data: Any
    at: float


class Listener:
    """`comes_back`: whenever it is cut off, with the last id that it has, as a browser does."""

    def __init__(self, address: str, headers: dict[str, str], query: str = "", *, comes_back: bool = False) -> None:
        self.port = urlsplit(address).port
        self.headers = headers
        self.path = f"/v1/stream{query}"
        self.comes_back = comes_back
        self.status = 0
        self.answer: dict[str, str] = {}
        self.told: list[Told] = []
        self.comments: list[float] = []
        self.connects = 0
        self.has_ended = threading.Event()
        self._is_over = False
        self._line: socket.socket | None = None
        self._opened = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._opened.wait(10), "no answer"

    def __enter__(self) -> "Listener":
        return self

    def __exit__(self, *_exc: object) -> None:
        self._is_over = True
        if self._line is not None:
            with contextlib.suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)

    @property
    def ids(self) -> list[str]:
        return [told.id for told in self.told]

    @property
    def types(self) -> list[str]:
        return [told.type for told in self.told]

    @property
    def sequences(self) -> list[int]:
        return [told.data["event"]["sequence"] for told in self.told]

    # A patience that other tests need, whose transactions hold back what is newer.
    def hears(self, is_so: Callable[["Listener"], bool], within: float = 30) -> bool:
        until = time.monotonic() + within
        while not is_so(self) and time.monotonic() < until:
            time.sleep(0.01)
        return is_so(self)

    def hears_of(self, count: int, within: float = 30) -> bool:
        return self.hears(lambda listener: len(listener.told) >= count, within)

    def _run(self) -> None:
        while not self._is_over:
            with contextlib.suppress(OSError, http.client.HTTPException):  # cut off
                self._listen()
            if not self.comes_back:
                break
            time.sleep(0.1)
        self.has_ended.set()

    def _listen(self) -> None:
        last = {"Last-Event-ID": self.told[-1].id} if self.told else {}
        with (
            contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection,
            contextlib.closing(self._ask(connection, last)) as response,
        ):
            self.status, self.answer = response.status, {name.lower(): value for name, value in response.getheaders()}
            self.connects += 1
            self._opened.set()
            if self.status == 200:
                self._read(response)

    def _ask(self, connection: http.client.HTTPConnection, last: dict[str, str]) -> http.client.HTTPResponse:
        connection.request("GET", self.path, headers={**self.headers, **last})
        self._line = connection.sock
        return connection.getresponse()

    def _read(self, response: http.client.HTTPResponse) -> None:
        fields: dict[str, str] = {}
        while line := response.readline():
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name.startswith(":"):
                self.comments.append(time.monotonic())
            elif name:
                fields[name] = value
            elif fields:
                told = Told(fields["id"], fields["event"], json.loads(fields["data"]), time.monotonic())
                self.told.append(told)
                fields = {}
