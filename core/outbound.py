"""The only door for HTTP requests that we make: to the very address that was checked, within limits of time and size.

Each request has a connection of its own. Nothing comes from the environment but the certificates that are trusted, no
redirect is followed, nothing is unpacked, and no cookie is kept.
"""

import functools
import ipaddress
import os
import re
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import certifi
import h11
from django.db import connections

from core import destinations
from core.destinations import Destination, IPAddress, Refused

__all__ = ["Answer", "Failed", "Refused", "check_url", "request"]

CONNECT_SECONDS = 3.0  # for all addresses together; and the same again for TLS
FIRST_BYTE_SECONDS = 10.0
MOST_BYTES = 64 * 1024  # that are read, whatever they are
KEPT_BYTES = 4096  # of a body
MOST_HEADER_BYTES = 16 * 1024
MOST_ADDRESSES = 4  # that are tried, of those that a name has

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
WITHOUT_BODY = frozenset({"GET", "HEAD", "DELETE"})
# They frame the message, or belong to the connection, and are ours to say.
OURS = re.compile(
    r"host|content-length|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect|accept-encoding|proxy-.*"
)
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HEADER_VALUE = re.compile(r"(?:[!-~](?:[\t -~]*[!-~])?)?")

UNREACHABLE = str(Refused())
TIMED_OUT = "There was no complete answer in time."
NOT_HTTP = "The answer is not HTTP, or too long."
CLOSED = "The connection was closed before the answer was complete."


class Failed(Exception):
    """It was allowed, and did not work. The reason is a sentence that may be shown."""

    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(reason)
        self.seconds = seconds


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]  # names in small letters
    body: bytes  # as it came, and not more of it than KEPT_BYTES
    seconds: float


class Deadline:
    def __init__(self, seconds: float) -> None:
        self.started = time.monotonic()
        self.ends = self.started + seconds

    @property
    def passed(self) -> float:
        return time.monotonic() - self.started

    def left(self, at_most: float = float("inf")) -> float:
        left = min(at_most, self.ends - time.monotonic())
        if left <= 0:
            raise TimeoutError
        return left


def check_url(url: str) -> None:
    """Raises Refused, unless a request may go there now. Each request asks again: a name may lead elsewhere by then."""
    destinations.resolve(destinations.read(url))


def request(method: str, url: str, *, headers: Mapping[str, str], content: bytes, deadline: float = 15.0) -> Answer:
    """Raises Refused, Failed, or ValueError for what no caller of ours should ask. A redirect is an answer."""
    if is_in_a_transaction():
        raise RuntimeError("A request must not wait while a transaction is open.")
    limit = Deadline(deadline)
    check_message(method, headers)
    place = destinations.read(url)
    parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=MOST_HEADER_BYTES)
    message = written(parser, method, place, headers, content)
    addresses = destinations.resolve(place, min(destinations.DNS_SECONDS, deadline))
    try:
        with connect(place, addresses, limit) as connection:
            send(connection, message, limit)
            answer, body = receive(connection, parser, limit)
    except (OSError, h11.RemoteProtocolError) as error:
        raise Failed(reason_of(error), limit.passed) from error
    return Answer(answer.status_code, read_headers(answer), body, limit.passed)


def is_in_a_transaction() -> bool:
    """The one that a test runs in does not count, as it does not for atomic(durable=True)."""
    opened = [each.atomic_blocks for each in connections.all(initialized_only=True)]
    return any(blocks and not blocks[-1]._from_testcase for blocks in opened)  # type: ignore[attr-defined]  # Django's own


def check_message(method: str, headers: Mapping[str, str]) -> None:
    if method not in METHODS:
        raise ValueError(f"{method!r} is not a method for here")
    for name, value in headers.items():
        if not HEADER_NAME.fullmatch(name) or OURS.fullmatch(name.lower()) or not HEADER_VALUE.fullmatch(value):
            raise ValueError(f"{name!r} is not a header to set, or its value is none")


def written(
    parser: h11.Connection, method: str, place: Destination, headers: Mapping[str, str], content: bytes
) -> bytes:
    lines = [("Host", place.host), ("Connection", "close"), ("Accept-Encoding", "identity"), *headers.items()]
    if content or method not in WITHOUT_BODY:
        lines.append(("Content-Length", str(len(content))))
    head = parser.send(h11.Request(method=method, target=place.target, headers=lines)) or b""
    body = (parser.send(h11.Data(data=content)) or b"") if content else b""
    return head + body + (parser.send(h11.EndOfMessage()) or b"")


def connect(place: Destination, addresses: list[IPAddress], limit: Deadline) -> socket.socket:
    plain = connect_to_one(addresses[:MOST_ADDRESSES], place.port, limit)
    return plain if place.scheme == "http" else secured(plain, place.name, limit)


def connect_to_one(addresses: list[IPAddress], port: int, limit: Deadline) -> socket.socket:
    """Each gets its share of the time, so that a second one has a chance after a first that says nothing."""
    connecting = Deadline(limit.left(CONNECT_SECONDS))
    for number, address in enumerate(addresses):
        try:
            return connect_to(address, port, connecting.left() / (len(addresses) - number))
        except OSError:  # closed and filtered look alike: nobody scans a network through us
            continue
    raise Failed(UNREACHABLE, limit.passed)


def connect_to(address: IPAddress, port: int, seconds: float) -> socket.socket:
    connection = socket.socket(destinations.family_of(address), socket.SOCK_STREAM)
    try:
        connection.settimeout(seconds)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.connect((str(address), port))
        check_peer(connection, address)
    except BaseException:
        connection.close()
        raise
    return connection


def check_peer(connection: socket.socket, address: IPAddress) -> None:
    """Something between us and the network may have led it elsewhere."""
    if ipaddress.ip_address(connection.getpeername()[0]) != address:
        raise Refused


def secured(plain: socket.socket, name: str, limit: Deadline) -> socket.socket:
    try:
        plain.settimeout(limit.left(CONNECT_SECONDS))
        return trusting().wrap_socket(plain, server_hostname=name)
    except BaseException:
        plain.close()
        raise


@functools.cache
def trusting() -> ssl.SSLContext:
    """The system's certificates, or those of SSL_CERT_FILE; certifi's where Python finds none."""
    paths = ssl.get_default_verify_paths()
    has_own = paths.cafile or (paths.capath and os.listdir(paths.capath))
    return ssl.create_default_context(cafile=None if has_own else certifi.where())


def send(connection: socket.socket, message: bytes, limit: Deadline) -> None:
    rest = memoryview(message)
    try:
        while rest:
            connection.settimeout(limit.left())
            rest = rest[connection.send(rest) :]
    except ConnectionError:  # who refuses without reading all of it may have said so
        return


def receive(connection: socket.socket, parser: h11.Connection, limit: Deadline) -> tuple[h11.Response, bytes]:
    """The answer's head, and the first of its body. What is longer than we read counts as complete."""
    answer: h11.Response | None = None
    body = bytearray()
    for event in events(connection, parser, limit):
        if isinstance(event, h11.Response):
            answer = event
        elif isinstance(event, h11.Data):
            body += event.data[: KEPT_BYTES - len(body)]
    if answer is None:
        raise h11.RemoteProtocolError("no end of heads")
    return answer, bytes(body)


def events(connection: socket.socket, parser: h11.Connection, limit: Deadline) -> Iterator[h11.Event]:
    first_byte = Deadline(limit.left(FIRST_BYTE_SECONDS))
    count = 0
    while True:
        event = parser.next_event()
        if isinstance(event, h11.InformationalResponse | h11.Response | h11.Data):
            yield event
        elif event is not h11.NEED_DATA or count >= MOST_BYTES:
            return
        else:
            connection.settimeout(limit.left() if count else first_byte.left())
            data = connection.recv(min(16 * 1024, MOST_BYTES - count))
            count += len(data)
            parser.receive_data(data)


def reason_of(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return TIMED_OUT
    if isinstance(error, ssl.SSLError):
        return f"TLS: {getattr(error, 'verify_message', error.reason) or 'no agreement'}"
    return CLOSED if isinstance(error, OSError) else NOT_HTTP


def read_headers(answer: h11.Response) -> dict[str, str]:
    """Names that come several times are one, with commas, as HTTP has it."""
    found: dict[str, str] = {}
    for name, value in answer.headers:
        key, text = name.decode("ascii"), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found
