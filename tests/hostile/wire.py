"""Requests by hand: a client library would refuse to send most of these."""

import http.client
import io
import json
import re
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

PATIENCE_SECONDS = 30
COOKIE = re.compile(r'([^=]+)="?([^;"]*)')
JSON = "Content-Type: application/json"


class Answer(NamedTuple):
    sent: str  # method and path, for whoever reads of a failure
    status: int
    headers: dict[str, str]
    body: bytes
    cookies: dict[str, str]

    def json(self) -> Any:
        return json.loads(self.body)


class Wire:
    """Each request has a connection of its own. All that was answered stays in `seen`."""

    def __init__(self, port: int, token: str = "") -> None:
        self.port = port
        self.token = token
        self.seen: list[Answer] = []

    def call(self, method: str, target: str, body: Any = None, *lines: str) -> Answer:
        """`body` may be text or bytes as they are, or what becomes JSON; `lines` are headers, which come last."""
        data = body if isinstance(body, bytes) else as_bytes(body)
        named = {line.partition(":")[0].lower() for line in lines}
        own = {"host": "Host: 127.0.0.1", "authorization": f"Authorization: Bearer {self.token}"}
        own |= {"content-type": JSON, "content-length": f"Content-Length: {len(data)}"} if data else {}
        head = [line for name, line in own.items() if name not in named and (self.token or name != "authorization")]
        if "transfer-encoding" in named:
            head.remove(own["content-length"])
        text = "\r\n".join([f"{method} {target} HTTP/1.1", *head, *lines, "Connection: close", "", ""])
        return self.raw(text.encode("latin-1") + data)[0]

    def raw(self, *pieces: bytes) -> list[Answer]:
        """All answers until the server closes the connection."""
        sent = pieces[0][:80].decode("latin-1").partition("\r\n")[0]
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE_SECONDS) as connection:
            send(connection, pieces)
            answers = read_all(connection, sent)
        self.seen += answers
        return answers

    def read(self, target: str) -> Any:
        return self.call("GET", target).json()

    def at_once(self, calls: Sequence[tuple[Any, ...]]) -> list[Answer]:
        with ThreadPoolExecutor(len(calls)) as threads:
            return list(threads.map(lambda call: self.call(*call), calls))


def as_bytes(body: Any) -> bytes:
    if body is None:
        return b""
    return (body if isinstance(body, str) else json.dumps(body)).encode()


def send(connection: socket.socket, pieces: tuple[bytes, ...]) -> None:
    try:
        for piece in pieces:
            connection.sendall(piece)
    except ConnectionError:  # it has heard enough, and may have said so
        pass


class Stream(io.BufferedReader):
    """One buffer for all answers of a connection, each of which would close it."""

    def close(self) -> None:
        pass


def read_all(connection: socket.socket, sent: str) -> list[Answer]:
    stream = Stream(socket.SocketIO(connection, "rb"))
    answers = []
    while line := peeked(stream):
        assert line.startswith(b"HTTP/1.1 "), line
        response = http.client.HTTPResponse(connection, method=sent.partition(" ")[0])
        response.fp = stream
        response.begin()
        is_endless = response.headers.get_content_type() == "text/event-stream"
        body = b"" if is_endless else response.read()
        headers = {name.lower(): value for name, value in response.getheaders()}
        cookies = dict(COOKIE.match(line).groups() for line in response.headers.get_all("Set-Cookie", []))
        answers.append(Answer(sent, response.status, headers, body, cookies))
        if is_endless:
            break
    return answers


def peeked(stream: Stream) -> bytes:
    try:
        return stream.peek(9)[:9]
    except ConnectionError:
        return b""
