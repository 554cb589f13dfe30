"""Clients with a connection each, opened beforehand: what they ask is on its way within a few milliseconds."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from typing import Any, NamedTuple

from core.tests.front_server import Client
from tests.chaos.web import Web

PATIENCE_SECONDS = 30.0


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: Any
    seconds: float  # since the first of the crowd asked

    @property
    def is_replay(self) -> bool:
        return self.status == 200 and self.headers.get("idempotency-replayed") == "true"


def request(method: str, path: str, body: Any = None, **headers: str) -> bytes:
    """`Idempotency_Key="k-1"` is a header."""
    sent = b"" if body is None else json.dumps(body).encode()
    said = {"Host": "127.0.0.1", "Content-Type": "application/json", "Content-Length": str(len(sent))}
    said |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1") + sent


class Crowd:
    def __init__(self, clients: Sequence[Client]) -> None:
        self.clients = clients
        self.turned_away = 0

    def ask(self, *requests: bytes) -> list[Answer]:
        """Each of another client, all at once; the answers in the order of the requests. Whom the service asks to come
        again in a second does so."""
        began = time.monotonic()
        asking = self.clients[: len(requests)]
        for client, each in zip(asking, requests, strict=True):
            client.send(each)
        answers = [told(client, began) for client in asking]
        away = [place for place, answer in enumerate(answers) if answer.status == 503]
        if away:
            self.turned_away += len(away)
            assert {answers[place].headers["retry-after"] for place in away} == {"1"}
            time.sleep(1)
            for place, answer in zip(away, self.ask(*[requests[place] for place in away]), strict=True):
                answers[place] = answer
        return answers


def told(client: Client, began: float) -> Answer:
    status, headers, body = client.answer()
    return Answer(status, headers, json.loads(body) if body else None, time.monotonic() - began)


@contextmanager
def crowd(web: Web, count: int) -> Iterator[Crowd]:
    """All of them have been answered before, and the service has the connections that it needs for so many."""
    with ExitStack() as connections:
        clients = [connections.enter_context(closing(Client(web.port, PATIENCE_SECONDS))) for _ in range(count)]
        known = request("GET", "/v1/incidents?limit=1", Authorization=f"Bearer {web.token}")
        Crowd(clients).ask(*[known] * count)
        yield Crowd(clients)
