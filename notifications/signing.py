"""The signature of the Standard Webhooks scheme, over the very bytes that are sent."""

import base64
import hashlib
import hmac
import secrets

PREFIX = "whsec_"


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def headers(id: str, timestamp: int, body: bytes, *keys: str) -> dict[str, str]:
    """`keys` in the form of new_secret, the newest first: each signs, so that a receiver may hold either."""
    return {
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(key, id, timestamp, body) for key in keys),
    }


def signature(key: str, id: str, timestamp: int, body: bytes) -> str:
    secret = base64.b64decode(key.removeprefix(PREFIX))
    digest = hmac.new(secret, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
