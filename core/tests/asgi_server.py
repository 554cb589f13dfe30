"""An ASGI server played by the test: what it hears of one request, and what the bridge says back."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from core.lanes import Lane
from core.wsgi_bridge import WSGIBridge

LIMIT = 1000
DISCONNECT = {"type": "http.disconnect"}


def bridge_to(app: Callable[..., Any], threads: int = 2, patience: float = 1.0) -> WSGIBridge:
    return WSGIBridge(
        app,
        lane=Lane("web", threads, patience),
        own_lanes={"/health": Lane("health", 1, patience)},
        longest_body=LIMIT,
    )


def body(*chunks: bytes) -> list[dict[str, Any]]:
    return [
        {"type": "http.request", "body": chunk, "more_body": number < len(chunks)}
        for number, chunk in enumerate(chunks, start=1)
    ]


class Exchange:
    """One request, what the server got to hear, and what it has yet to say."""

    def __init__(self, bridge: WSGIBridge, messages: list[dict[str, Any]] | None = None, **scope: Any) -> None:
        self.bridge = bridge
        self.waiting = body(b"") if messages is None else messages
        self.received = 0
        self.sent: list[dict[str, Any]] = []
        self.gone = asyncio.Event()
        self.sending = asyncio.Event()
        self.sending.set()
        path = scope.pop("path", "/")
        self.scope = {
            "type": "http",
            "method": "GET",
            "http_version": "1.1",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [],
            "server": ("127.0.0.1", 3000),
            "client": ("192.0.2.1", 50000),
            **scope,
        }

    async def receive(self) -> dict[str, Any]:
        self.received += 1
        if self.waiting:
            return self.waiting.pop(0)
        await self.gone.wait()
        return DISCONNECT

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)
        await self.sending.wait()

    async def run(self) -> "Exchange":
        await asyncio.wait_for(self.bridge(self.scope, self.receive, self.send), 5)
        return self

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode().lower(): value.decode() for name, value in self.sent[0]["headers"]}

    @property
    def content(self) -> bytes:
        return b"".join(message["body"] for message in self.sent[1:])

    @property
    def is_complete(self) -> bool:
        return not self.sent[-1].get("more_body")


def exchange(app: Callable[..., Any], messages: list[dict[str, Any]] | None = None, **scope: Any) -> Exchange:
    bridge = bridge_to(app)

    async def run() -> Exchange:
        return await Exchange(bridge, messages, **scope).run()

    try:
        return asyncio.run(run())
    finally:
        bridge.lane.stop()


def answering(content: Any, status: str = "200 OK", headers: list[tuple[str, str]] | None = None) -> Callable[..., Any]:
    def app(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        start_response(status, [("Content-Type", "text/plain")] if headers is None else headers)
        return content

    return app


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """What the application finds in its environ, and how many bytes of body."""
    start_response("200 OK", [("Content-Type", "application/json")])
    seen = {key: value for key, value in environ.items() if isinstance(value, str)}
    return [json.dumps({**seen, "read": len(environ["wsgi.input"].read())}).encode()]


def environ_for(messages: list[dict[str, Any]] | None = None, **scope: Any) -> dict[str, Any]:
    return dict(json.loads(exchange(echo, messages, **scope).content))
