"""Microsoft Teams, by a workflow that posts the card it is sent."""

from typing import Any

import orjson

from core import outbound
from notifications.channels import answers, options
from notifications.channels.words import Words
from notifications.outcome import Claimed, Outcome

COLORS = {"P1": "attention", "P2": "warning"}


def send(claimed: Claimed) -> Outcome:
    chosen, said = options.opened(claimed)
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card(said)}
    body = orjson.dumps({"type": "message", "attachments": [attachment]})
    return answers.of(lambda: outbound.request("POST", chosen["url"], headers=options.JSON, content=body))


def card(said: Words) -> dict[str, Any]:
    color = "good" if said.status == "RESOLVED" else COLORS.get(said.severity, "default")
    texts = [text(said.headline, weight="bolder", color=color), text(said.happened)]
    if said.note:
        texts.append(text(f"“{said.note}”", isSubtle=True))
    link = {"type": "Action.OpenUrl", "title": "Open", "url": said.link}
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": f"{said.headline} - {said.happened}",
        "body": texts,
        **({"actions": [link]} if said.link else {}),
    }


def text(words: str, **how: Any) -> dict[str, Any]:
    """A TextRun knows no Markdown, where a TextBlock reads it."""
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": words, **how}]}
