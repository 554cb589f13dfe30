"""What a receiver got, taken apart."""

import json
from typing import Any


def parts(request: bytes) -> tuple[dict[str, str], bytes]:
    """Its headers, by name in small letters, and its body."""
    head, _, body = request.partition(b"\r\n\r\n")
    lines = (line.partition(": ") for line in head.decode().split("\r\n")[1:])
    return {name.lower(): value for name, _, value in lines}, body


def bodies(receiver: Any) -> list[Any]:
    return [json.loads(parts(request)[1]) for request in receiver.requests]


def types(receiver: Any) -> list[str]:
    return [body["type"] for body in bodies(receiver)]
