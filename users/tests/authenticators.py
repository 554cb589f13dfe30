"""An authenticator app, and a passkey made of software: what a telephone does."""

import base64
import hashlib
import hmac
import json
import struct
import time
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

ORIGIN, HOST = "http://127.0.0.1:3000", "127.0.0.1"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def code(secret: str, steps: int = 0) -> str:
    """RFC 6238: that of this half minute, or of one `steps` away."""
    message = struct.pack(">Q", int(time.time()) // 30 + steps)
    digest = hmac.new(base64.b32decode(secret), message, hashlib.sha1).digest()
    place = digest[-1] & 0x0F
    return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def cbor(value: Any) -> bytes:
    """As much of RFC 8949 as a passkey needs."""
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    return head(5, len(value)) + b"".join(cbor(k) + cbor(v) for k, v in value.items())


def head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    return bytes([major << 5 | 24, number]) if number < 256 else struct.pack(">BH", major << 5 | 25, number)


class Passkey:
    def __init__(self, origin: str = ORIGIN, host: str = HOST) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = hashlib.sha256(str(self.key).encode()).digest()
        self.origin, self.host = origin, host
        self.user_handle = ""

    def create(self, options: dict[str, Any], *, passwordless: bool = True) -> str:
        """What the browser sends for `creation_options`."""
        asked = options["publicKey"]
        self.user_handle = asked["user"]["id"]
        numbers = self.key.public_key().public_numbers()
        public = cbor({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        attested = bytes(16) + struct.pack(">H", len(self.id)) + self.id + public
        data = self.data(PRESENT | VERIFIED | ATTESTED) + attested
        response = {"attestationObject": b64(cbor({"fmt": "none", "attStmt": {}, "authData": data}))}
        return self.answer(asked, "webauthn.create", response, {"credProps": {"rk": passwordless}})

    def get(self, options: dict[str, Any], **changed: str) -> str:
        """What it sends for `request_options`; `changed` replaces parts of the answer."""
        asked = options["publicKey"]
        data = self.data(PRESENT | VERIFIED)
        client = self.client_data(asked, "webauthn.get")
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        response = {"authenticatorData": b64(data), "signature": b64(signature), "userHandle": self.user_handle}
        return self.answer(asked, "webauthn.get", {**response, **changed}, {})

    def data(self, flags: int) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + struct.pack(">I", 0)

    def client_data(self, asked: dict[str, Any], kind: str) -> bytes:
        return json.dumps({"type": kind, "challenge": asked["challenge"], "origin": self.origin}).encode()

    def answer(self, asked: dict[str, Any], kind: str, response: dict[str, str], extensions: dict[str, Any]) -> str:
        told = {"clientDataJSON": b64(self.client_data(asked, kind)), **response}
        return json.dumps(
            {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key"}
            | {"response": told, "clientExtensionResults": extensions}
        )
