"""Mattermost, by an incoming webhook of a server anywhere."""

import orjson

from core import outbound
from notifications.channels import answers, options, words
from notifications.outcome import Claimed, Outcome


def send(claimed: Claimed) -> Outcome:
    chosen, said = options.opened(claimed)
    message = {"text": words.lines(said, words.markdown)}
    if channel := chosen.get("channel"):
        message["channel"] = channel
    body = orjson.dumps(message)
    return answers.of(lambda: outbound.request("POST", chosen["url"], headers=options.JSON, content=body))
