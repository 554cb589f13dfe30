"""Reads a JSON body strictly: what is ambiguous, bottomless or cannot be stored is refused before anything runs."""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from core.errors import Invalid

MAX_DEPTH = 32
MAX_NODES = 10_000
MAX_INTEGER = 2**53 - 1
MAX_FLOAT = 1e15
SURROGATE = re.compile("[\ud800-\udfff]")


def parse(raw: bytes) -> dict[str, Any]:
    """The object in `raw` (UTF-8; no bytes at all count as `{}`), or Invalid."""
    if not raw:
        return {}
    try:
        value = json.loads(
            raw.decode("utf-8"), object_pairs_hook=without_duplicates, parse_constant=refuse_constant, parse_int=integer
        )
    except (ValueError, RecursionError):
        raise whole("The body is not valid JSON in UTF-8.") from None
    if not isinstance(value, dict):
        raise whole("The body must be a JSON object.")
    for field, part in value.items():
        check(field, part)
    return value


def whole(message: str) -> Invalid:
    return Invalid.field("non_field_errors", message)


def without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise whole(f"The key {printable(twice)} stands twice in one object.")
    return found


def refuse_constant(name: str) -> Any:
    raise whole(f"{name} is not a JSON number.")


def integer(digits: str) -> int:
    """A longer one is refused whatever it says, and by the name of its field; nobody converts its digits."""
    return int(digits) if len(digits) <= 17 else MAX_INTEGER + 1


def printable(text: str) -> str:
    return json.dumps(text[:100])


def check(field: str, part: Any) -> None:
    """Raise Invalid, naming the field of the body, for anything in it that cannot be stored or sent back."""
    if not is_text(field):
        raise whole(f"The key {printable(field)} holds a NUL character or a lone surrogate.")
    problem = next(problems(part), None) if isinstance(part, dict | list) else own_problem(part)
    if problem:
        raise Invalid.field(field, problem)


NOT_TEXT = "A NUL character or a lone surrogate cannot be stored."


def problems(root: Any) -> Iterator[str]:
    """What is wrong inside a list or an object, found without recursion."""
    left, nodes = [(root, 2)], 0
    while left:
        value, depth = left.pop()
        nodes += 1
        if nodes > MAX_NODES:
            yield f"More than {MAX_NODES} values."
            return
        if isinstance(value, dict | list):
            if depth > MAX_DEPTH:
                yield f"Nested deeper than {MAX_DEPTH} levels."
                return
            parts = value.values() if isinstance(value, dict) else value
            left.extend((part, depth + 1) for part in parts)
        if problem := own_problem(value):
            yield problem


def own_problem(value: Any) -> str | None:
    """What is wrong with a value itself, whatever is inside of it."""
    if isinstance(value, str):
        return None if is_text(value) else NOT_TEXT
    if isinstance(value, dict):
        return None if all(map(is_text, value)) else NOT_TEXT
    return number_problem(value)


def is_text(text: str) -> bool:
    """False for a NUL character, which PostgreSQL refuses, and for a lone surrogate, which UTF-8 cannot carry."""
    return "\0" not in text and (text.isascii() or not SURROGATE.search(text))


def number_problem(value: Any) -> str | None:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        return "An integer is outside of ±(2^53 - 1)."
    if isinstance(value, float) and (not math.isfinite(value) or abs(value) >= MAX_FLOAT):
        return "A number's magnitude must be under 10^15."
    return None
