"""ntfy, on ntfy.sh or a server of one's own. The more severe, the louder; a tap opens the incident."""

import orjson

from core import outbound
from notifications.channels import answers, options
from notifications.channels.words import Words
from notifications.outcome import Claimed, Outcome

PRIORITIES = {"P1": 5, "P2": 4, "P3": 3}
USUAL = 3


def send(claimed: Claimed) -> Outcome:
    chosen, said = options.opened(claimed)
    headers = dict(options.JSON)
    if token := chosen.get("token"):
        headers["Authorization"] = f"Bearer {token}"
    body = orjson.dumps({"topic": chosen["topic"], **message(said)})
    return answers.of(lambda: outbound.request("POST", chosen["url"], headers=headers, content=body))


def message(said: Words) -> dict[str, str | int]:
    """Plain text: ntfy reads no markup unless it is asked to."""
    note = f"\n“{said.note}”" if said.note else ""
    # What is over needs nobody to wake up.
    priority = USUAL if said.status == "RESOLVED" else PRIORITIES.get(said.severity, USUAL)
    told: dict[str, str | int] = {"title": said.headline, "message": f"{said.happened}{note}", "priority": priority}
    return told | ({"click": said.link} if said.link else {})
