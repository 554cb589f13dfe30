"""The HTTP API as tests call it."""

import json
from typing import Any

from django.test import Client

from tests import published


class Api:
    """The HTTP API as one caller sees it: JSON in, JSON out. The document must have told of every answer."""

    def __init__(self, token: str | None = None, **headers: str) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **headers}

    def call(self, method: str, path: str, data: Any = None, **headers: str) -> Any:
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        body = {} if data is None else {"data": data, "content_type": "application/json"}
        response = self.client.generic(method, path, headers=sent, **encoded(body))
        published.judge(method, path, response)
        return response

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, data: Any = None, **headers: str) -> Any:
        return self.call("POST", path, data, **headers)

    def patch(self, path: str, data: Any = None, **headers: str) -> Any:
        return self.call("PATCH", path, data, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.call("DELETE", path, **headers)


def encoded(body: dict[str, Any]) -> dict[str, Any]:
    """Text and bytes go out as they are, so that a test can send what is not JSON."""
    if "data" in body and not isinstance(body["data"], str | bytes):
        body["data"] = json.dumps(body["data"])
    return body
