"""A receiver on loopback that behaves as a test says, and remembers what it was sent."""

import socket
import ssl
import threading
from collections.abc import Callable
from typing import Self

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Receiver:
    """`behave` gets each connection with the request that was read, and may keep it until the receiver stops."""

    def __init__(
        self,
        behave: Callable[[socket.socket, bytes, threading.Event], None] | bytes = OK,
        address: tuple[str, int] = ("127.0.0.1", 0),
        secure: ssl.SSLContext | None = None,
        read: Callable[[socket.socket], bytes] | None = None,
    ) -> None:
        self.behave = behave
        self.read = read or read_request
        self.secure = secure
        self.requests: list[bytes] = []
        self.stopped = threading.Event()
        self.threads: list[threading.Thread] = []
        self.listener = socket.create_server(address)
        self.port = self.listener.getsockname()[1]

    def url(self, host: str = "127.0.0.1", path: str = "/hook") -> str:
        return f"{'https' if self.secure else 'http'}://{host}:{self.port}{path}"

    def __enter__(self) -> Self:
        self.start(self.listen)
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self.listener.shutdown(socket.SHUT_RDWR)  # ends accept
        for thread in self.threads:
            thread.join(5)
        self.listener.close()

    def start(self, target: Callable[..., None], *args: object) -> None:
        self.threads.append(threading.Thread(target=target, args=args, daemon=True))
        self.threads[-1].start()

    def listen(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.start(self.serve, connection)

    def serve(self, connection: socket.socket) -> None:
        try:
            if self.secure:
                connection = self.secure.wrap_socket(connection, server_side=True)
            request = self.read(connection)
            self.requests.append(request)
            if callable(self.behave):
                self.behave(connection, request, self.stopped)
            else:
                connection.sendall(self.behave)
        except OSError:  # the other side has had enough
            pass
        finally:
            connection.close()


def read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += some(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += some(connection)
    return head + b"\r\n\r\n" + body


def some(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionError
    return data
