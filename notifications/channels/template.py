"""Templated HTTP: `{{name}}` in a text is replaced from a fixed list, once, written as its place demands. No engine:
there is nothing but names, and what stands for a name is not looked into again."""

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

import orjson

from core import destinations, outbound
from core.errors import Invalid
from notifications.channels.words import LONGEST_NOTE, Words, shortened

METHODS = ("POST", "PUT", "PATCH", "GET")
MOST_BYTES = 10_000  # of a body
LONGEST_HEADER = 1_000
MOST_HEADERS = 20
NAMES = (
    *("text", "title", "happened", "comment", "actor", "number", "severity", "status", "event", "url"),
    *("incident_id", "event_id"),
)
# Words of our own, which cannot lead to another path.
IN_A_PATH = frozenset({"number", "severity", "status", "event", "incident_id", "event_id"})
PLACE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
BRACES = re.compile(r"\{\{|\}\}")
ORIGIN = re.compile(r"https?://[^/?#{}]+", re.IGNORECASE)
# As the signature of a webhook, and whatever frames a message.
REFUSED = re.compile(r"webhook-.*", re.IGNORECASE)
# What each name is tried with when a JSON template is saved: `"` fails outside of a string, `x` after a backslash.
SAMPLES = ('"', "x")
# How long the free texts may be, until all of it fits.
CUTS = (LONGEST_NOTE, 100, 30)
FREE = frozenset({"text", "title", "happened", "comment", "actor"})

Writer = Callable[[str], str]


class TooLong(Exception):
    """Filled in, it is more than may be sent, however short the texts."""


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    url: str
    headers: dict[str, str]
    body: bytes


def values(words: Words) -> dict[str, str]:
    return {
        "text": f"{words.headline} - {words.happened}",
        "title": words.title,
        "happened": words.happened,
        "comment": words.note,
        "actor": words.actor,
        "number": words.number,
        "severity": words.severity,
        "status": words.status,
        "event": words.event,
        "url": words.link,
        "incident_id": words.incident,
        "event_id": words.id,
    }


def filled(chosen: Mapping[str, str], known: Mapping[str, str]) -> Request:
    """Raises TooLong."""
    for most in CUTS:
        short = {name: shortened(value, most) if name in FREE else value for name, value in known.items()}
        request = filled_once(chosen, short)
        if fits(request):
            return request
    raise TooLong


def filled_once(chosen: Mapping[str, str], known: Mapping[str, str]) -> Request:
    found = read_headers(chosen.get("headers", ""))
    headers = {name: fill(value, known, in_header).strip(" ") for name, value in found.items()}
    body = fill(chosen.get("body", ""), known, writer(found)).encode()
    if body and type_of(found) is None:
        headers["Content-Type"] = "text/plain; charset=utf-8"
    return Request(chosen["method"], fill(chosen["url"], known, in_url), headers, body)


def fits(request: Request) -> bool:
    return (
        len(request.body) <= MOST_BYTES
        and len(request.url) <= destinations.LONGEST_URL
        and all(len(value) <= LONGEST_HEADER for value in request.headers.values())
    )


def fill(text: str, known: Mapping[str, str], write: Writer) -> str:
    return PLACE.sub(lambda match: write(known[match[1].strip()]), text)


def in_url(value: str) -> str:
    return quote(value, safe="")


def in_header(value: str) -> str:
    """Visible ASCII: anything else would end the header, or be read in one way here and in another there."""
    return re.sub(r"[^ -~]", "?", value)


def in_json(value: str) -> str:
    return orjson.dumps(value).decode()[1:-1]


def as_it_is(value: str) -> str:
    return value


def writer(headers: Mapping[str, str]) -> Writer:
    """How a value stands in the body, by its Content-Type."""
    type = (type_of(headers) or "").partition(";")[0].strip().lower()
    if type == "application/json" or type.endswith("+json"):
        return in_json
    if type == "application/x-www-form-urlencoded":
        return in_url
    return html.escape if type.endswith(("/xml", "+xml", "/html")) else as_it_is


def type_of(headers: Mapping[str, str]) -> str | None:
    return next((value for name, value in headers.items() if name.lower() == "content-type"), None)


def read_headers(text: str) -> dict[str, str]:
    """`Name: value`, one a line. Raises ValueError, with a sentence."""
    found: dict[str, str] = {}
    for each in text.split("\n"):
        if not each.strip():
            continue
        name, colon, value = (part.strip(" \t") for part in each.rstrip("\r").partition(":"))
        if not colon or not outbound.HEADER_NAME.fullmatch(name):
            raise ValueError("Each line is 'Name: value'.")
        if outbound.OURS.fullmatch(name.lower()) or REFUSED.fullmatch(name):
            raise ValueError(f"{name} is not for you to set.")
        if name.lower() in (known.lower() for known in found):
            raise ValueError(f"{name} comes twice.")
        found[name] = value
    return found


def check(chosen: Mapping[str, str]) -> None:
    """Raises Invalid, naming the field. The method is one of METHODS; whether the address may be called is checked
    elsewhere."""
    checks = {"url": check_url, "headers": check_headers, "body": check_body}
    wrong = {}
    for field, check in checks.items():
        try:
            check(chosen)
        except ValueError as error:
            wrong[field] = [str(error)]
    if wrong:
        raise Invalid(details=wrong)


def check_url(chosen: Mapping[str, str]) -> None:
    url = chosen["url"]
    check_names(url)
    origin = ORIGIN.match(url)
    rest = url[origin.end() :] if origin else ""
    if not origin or rest[:1] not in ("", "/", "?"):
        raise ValueError("An address that begins with http:// or https:// and a host without a placeholder.")
    in_path = names(rest.partition("?")[0])
    if not in_path <= IN_A_PATH:
        raise ValueError(f"Before the question mark only {', '.join(sorted(IN_A_PATH))} can stand.")


def check_headers(chosen: Mapping[str, str]) -> None:
    found = read_headers(chosen.get("headers", ""))
    if len(found) > MOST_HEADERS:
        raise ValueError(f"At most {MOST_HEADERS}.")
    for name, value in found.items():
        check_names(value)
        if not outbound.HEADER_VALUE.fullmatch(value) or len(value) > LONGEST_HEADER:
            raise ValueError(f"{name}: visible ASCII, at most {LONGEST_HEADER} characters.")
        if name.lower() == "content-type" and names(value):
            raise ValueError(f"{name} has no placeholder: it says how the others are written.")


def check_body(chosen: Mapping[str, str]) -> None:
    body = chosen.get("body", "")
    check_names(body)
    if body and chosen["method"] == "GET":
        raise ValueError("A GET has no body.")
    try:
        headers = read_headers(chosen.get("headers", ""))
    except ValueError:  # said of `headers`
        return
    if body and writer(headers) is in_json:
        for sample in SAMPLES:
            check_json(fill(body, dict.fromkeys(NAMES, sample), in_json))


def check_json(text: str) -> None:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        raise ValueError("Not JSON once it is filled in. Placeholders stand inside of strings.") from None


def check_names(text: str) -> None:
    unknown = names(text) - set(NAMES)
    if unknown or BRACES.search(PLACE.sub("", text)):
        what = f"{{{{{min(unknown)}}}}}" if unknown else "A double brace"
        raise ValueError(f"{what[:60]} is not known. There are: {', '.join(NAMES)}.")


def names(text: str) -> set[str]:
    return {match[1].strip() for match in PLACE.finditer(text)}
