"""Slack, Discord and Telegram: services with one host each, through apprise in a process of its own (0020)."""

import functools
import re
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import certifi
import orjson

from core import outbound
from notifications.channels import answers, fields, options, words
from notifications.channels.words import Words
from notifications.models import Kind
from notifications.outcome import Claimed, Outcome

SECONDS = 15.0
# -I: nothing of the environment, and nothing of the folder that it starts in.
CHILD = (sys.executable, "-I", str(Path(__file__).parents[1] / "apprise_child.py"))
WRITTEN: dict[str, Callable[[str], str]] = {
    Kind.SLACK: words.plain,  # apprise escapes it
    Kind.DISCORD: words.markdown,
    Kind.TELEGRAM: words.plain,
}


def send(claimed: Claimed) -> Outcome:
    chosen, said = options.opened(claimed)
    return answers.of(functools.partial(ask, task(claimed.kind, chosen, said)))


def task(kind: str, chosen: Mapping[str, str], said: Words) -> dict[str, Any]:
    return {
        "kind": kind,
        "options": OPTIONS[kind](chosen),
        "text": words.lines(said, WRITTEN[kind]),
        "mood": mood(said),
        "authorities": ssl.get_default_verify_paths().cafile or certifi.where(),
    }


def mood(said: Words) -> str:
    """Slack draws it as a color."""
    if said.status == "RESOLVED":
        return "success"
    return {"P1": "failure", "P2": "warning"}.get(said.severity, "info")


def slack(chosen: Mapping[str, str]) -> dict[str, Any]:
    found = matched(fields.SLACK, chosen["url"])
    return {"token_a": found["a"], "token_b": found["b"], "token_c": found["c"]}


def discord(chosen: Mapping[str, str]) -> dict[str, Any]:
    found = matched(fields.DISCORD, chosen["url"])
    return {"webhook_id": found["id"], "webhook_token": found["token"]}


def telegram(chosen: Mapping[str, str]) -> dict[str, Any]:
    return {"bot_token": chosen["token"], "targets": [chosen["chat"]], "topic": chosen.get("topic")}


OPTIONS: dict[str, Callable[[Mapping[str, str]], dict[str, Any]]] = {
    Kind.SLACK: slack,
    Kind.DISCORD: discord,
    Kind.TELEGRAM: telegram,
}


def matched(pattern: str, url: str) -> "re.Match[str]":
    found = re.fullmatch(pattern, url, re.ASCII)
    if found is None:
        raise ValueError("The stored address does not fit its service.")
    return found


def ask(task: Mapping[str, Any], command: tuple[str, ...] = CHILD, seconds: float = SECONDS) -> outbound.Answer:
    """What the service answered. Raises outbound.Failed. The child is killed when its time is over."""
    if outbound.is_in_a_transaction():
        raise RuntimeError("A request must not wait while a transaction is open.")
    began = time.monotonic()
    try:
        child = subprocess.run(  # noqa: S603  a fixed command; the task goes in by stdin
            command,
            input=orjson.dumps(task),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            timeout=seconds,
            check=False,
        )
        told = orjson.loads(child.stdout)
    except subprocess.TimeoutExpired:
        raise outbound.Failed(outbound.TIMED_OUT, time.monotonic() - began) from None
    except orjson.JSONDecodeError:
        raise outbound.Failed("The message could not be handed over.", time.monotonic() - began) from None
    return answer(told, time.monotonic() - began)


def answer(told: Mapping[str, Any], passed: float) -> outbound.Answer:
    status = told["status"]
    if status is None:
        raise outbound.Failed(told["error"] or outbound.UNREACHABLE, passed)
    if status < 300 and not told["is_taken"]:
        raise outbound.Failed(f"It answered {status}, and did not take the message: {told['body'][:200]}", passed)
    return outbound.Answer(status, told["headers"], told["body"].encode(), passed)
