"""One of each thing that there is, for the paths that name one, made by calls of the API."""

import re
import uuid
from dataclasses import dataclass

from tests.hostile.wire import Wire


@dataclass(frozen=True)
class World:
    """The ids of each noun, as paths call them."""

    ids: dict[str, str]

    def filled(self, template: str) -> str:
        """`/v1/incidents/{id}`, or a route of the resolver, as the path of what is there."""
        noun = [*template.split("/"), "", ""][2 if template.startswith("/v1/") else 1]
        path = re.sub(r"\{\w+\}|<uuid:\w+>", self.ids.get(noun, str(uuid.UUID(int=0))), template)
        return re.sub(r"<int:\w+>", "1", path)


def make(ada: Wire) -> World:
    def made(path: str, body: object = None) -> str:
        answer = ada.call("POST", path, body)
        assert answer.status in (201, 202), answer
        return str(answer.json()["id"])

    incident = made("/v1/incidents", {"title": "Disk full", "severity": "P1"})
    user = made("/v1/users", {"email": f"{uuid.uuid4()}@example.com", "name": "Kim"})
    webhook = made("/v1/webhooks", {"url": "http://public.example/"})
    ids = {"incidents": incident, "users": user, "people": user, "limits": user, "webhooks": webhook}
    ids["tokens"] = made("/v1/tokens", {"name": "t", "scope": "read", "user": user})
    ids["deliveries"] = made(f"/v1/webhooks/{webhook}/test")
    return World(ids)
