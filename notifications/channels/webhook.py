"""Webhooks: the payload as it is, signed."""

import time

import orjson

from core import outbound
from core.sealing import unseal
from notifications import signing
from notifications.channels import answers
from notifications.outcome import Claimed, Outcome


def send(claimed: Claimed) -> Outcome:
    body = claimed.payload.encode()
    keys = [unseal(secret) for secret in (claimed.secret, claimed.previous_secret) if secret]
    headers = {
        "content-type": "application/json",
        "user-agent": "incidents-webhook/1",
        **signing.headers(orjson.loads(body)["id"], int(time.time()), body, *keys),
    }
    return answers.of(lambda: outbound.request("POST", claimed.url, headers=headers, content=body))
