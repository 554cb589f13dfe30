"""The language of `q`: operators such as `status:open`, and the words of a full-text search. Knows no database."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from core.errors import Invalid
from incidents.models import Severity, Status

# What an operator may be called -> the field that it asks about.
PEOPLE = {"assignee": "assignee", "creator": "created_by", "created_by": "created_by"}
MOMENTS = {name: f"{name}_at" for name in ("created", "updated", "acknowledged", "resolved")}
CHOICES: dict[str, dict[str, str]] = {
    "status": {name.lower(): name for name in Status.values} | {"acknowledged": Status.ACK},
    "severity": {name.lower(): name for name in Severity.values},
}
FIELDS = {name: name for name in (*CHOICES, "number")} | PEOPLE | MOMENTS
SEVERAL = {"status", "severity", "assignee", "created_by"}
ORDERED = {"number", *MOMENTS.values()}

PHRASE = re.compile(r'(-?)"([^"]*)"')
NUMBER = re.compile(r"(-?)#([0-9]+)(?=\s|$)")
OPERATOR = re.compile(r'(-?)([A-Za-z_]+):((?:"[^"]*"|[^\s"])*)')
WORD = re.compile(r'(-?)([^\s"]+)')
OR = re.compile(r"or(?=\s|$)", re.IGNORECASE)
SPACE = re.compile(r'\s+|"')  # a quotation mark without its fellow says nothing
COMPARISONS = (">=", "<=", ">", "<", "=")
# A star behind fewer letters than that would ask for half of all words.
SHORTEST_PREFIX = re.compile(r"\w{2,}\*+$")


class NotUnderstood(Invalid):
    """400 naming `q`: `at` is the place in what was sent, counted in characters from 0."""

    def __init__(self, at: int, sentence: str) -> None:
        self.at, self.sentence = at, sentence
        super().__init__(details={"q": [f"At position {at}: {sentence}"]})


@dataclass(frozen=True, slots=True)
class Operator:
    field: str
    values: tuple[str, ...]
    at: int
    comparison: str = ""
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A word or a phrase; a prefix stands for whatever begins so."""

    text: str
    at: int
    is_prefix: bool = False
    is_phrase: bool = False

    def __str__(self) -> str:
        return f'"{self.text}"' if self.is_phrase else self.text


@dataclass(frozen=True, slots=True)
class Text:
    """`wanted`: alternatives, all parts of one of which must be there. `unwanted`: what must be nowhere."""

    wanted: tuple[tuple[Part, ...], ...] = ()
    unwanted: tuple[Part, ...] = ()

    def __str__(self) -> str:
        wanted = " or ".join(" ".join(map(str, parts)) for parts in self.wanted)
        return " ".join([wanted, *(f"-{part}" for part in self.unwanted)])


@dataclass(frozen=True, slots=True)
class Query:
    operators: tuple[Operator, ...] = ()
    text: Text | None = None


def parse(sent: str) -> Query:
    """Raises NotUnderstood."""
    return Parser(sent).run()


def plain(sent: str) -> Text:
    """Words alone: whatever looks like an operator is text."""
    return Parser(sent).words_alone()


def while_typed(query: Query) -> Query:
    """The same, with its last word taken for the beginning of one."""
    if query.text is None or not query.text.wanted[-1:] or not query.text.wanted[-1]:
        return query
    *others, last = query.text.wanted
    part = last[-1]
    ends = max([part.at, *(operator.at for operator in query.operators), *(p.at for p in query.text.unwanted)])
    if part.is_phrase or part.at < ends or not SHORTEST_PREFIX.search(f"{part.text}*"):
        return query
    typed = (*others, (*last[:-1], replace(part, is_prefix=True)))
    return replace(query, text=replace(query.text, wanted=typed))


class Parser:
    """Reads from left to right; a hyphen in front of anything says that it must not be."""

    def __init__(self, sent: str) -> None:
        self.sent, self.at = sent, 0
        self.operators: list[Operator] = []
        self.wanted: list[list[Part]] = [[]]
        self.unwanted: list[Part] = []
        self.or_at: int | None = None
        self.is_after_operator = False

    def run(self) -> Query:
        self.read(self.phrase, self.space, self.number, self.operator, self.alternative, self.word)
        is_about_words = self.text != Text() or not self.operators
        return Query(tuple(self.operators), self.text if is_about_words else None)

    def words_alone(self) -> Text:
        self.read(self.phrase, self.space, self.alternative, self.word)
        return self.text

    def read(self, *readers: Callable[[], bool]) -> None:
        while self.at < len(self.sent):
            next(read for read in readers if read())

    @property
    def text(self) -> Text:
        return Text(tuple(tuple(parts) for parts in self.wanted if parts), tuple(self.unwanted))

    def taken(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.sent, self.at)
        if found:
            self.at = found.end()
        return found

    def space(self) -> bool:
        return bool(self.taken(SPACE))

    def phrase(self) -> bool:
        found = self.taken(PHRASE)
        if found:
            self.add(found, Part(found[2], found.start(), is_phrase=True))
        return bool(found)

    def number(self) -> bool:
        found = self.taken(NUMBER)
        if found:
            self.ask(Operator("number", (digits(found[2], found.start(2)),), found.start(), "=", bool(found[1])))
        return bool(found)

    def operator(self) -> bool:
        """`http://…`, `host:4711` and whatever else has a colon are words, unless they are nearly an operator."""
        found = OPERATOR.match(self.sent, self.at)
        if not found:
            return False
        name = found[2].lower()
        if name not in FIELDS:
            if found[3]:
                refuse_misspelt(name, found.start(2))
            return False
        self.at = found.end()
        self.ask(understood(FIELDS[name], found[3], found.start(3), is_not=bool(found[1])))
        return True

    def alternative(self) -> bool:
        found = self.taken(OR)
        if found:
            if self.is_after_operator:
                raise NotUnderstood(found.start(), OR_OF_WORDS)
            self.or_at = found.start()
            self.wanted.append([])
        return bool(found)

    def word(self) -> bool:
        found = self.taken(WORD)
        if found:
            is_prefix = bool(SHORTEST_PREFIX.search(found[2]))
            self.add(found, Part(found[2].rstrip("*") if is_prefix else found[2], found.start(), is_prefix))
        return bool(found)

    def add(self, found: re.Match[str], part: Part) -> None:
        (self.unwanted if found[1] else self.wanted[-1]).append(part)
        self.or_at, self.is_after_operator = None, False

    def ask(self, operator: Operator) -> None:
        if self.or_at is not None:
            raise NotUnderstood(self.or_at, OR_OF_WORDS)
        self.operators.append(operator)
        self.is_after_operator = True


OR_OF_WORDS = "“or” stands between words only. Several values of one field: status:open,ack."


def understood(field: str, value: str, at: int, *, is_not: bool) -> Operator:
    comparison = next((sign for sign in COMPARISONS if field in ORDERED and value.startswith(sign)), "")
    at += len(comparison)
    values = split(field, value.removeprefix(comparison), at)
    if field in CHOICES:
        values = [(chosen(field, word, place), place) for word, place in values]
    elif field == "number":
        values = [(digits(word.removeprefix("#"), place), place) for word, place in values]
    return Operator(field, tuple(word for word, _ in values), at, comparison or "=", is_not)


def split(field: str, value: str, at: int) -> list[tuple[str, int]]:
    """The values, comma-separated where there may be several, each with its place; quotation marks are taken off."""
    found = []
    for part in value.split(",") if field in SEVERAL else [value]:
        word = part.replace('"', "").strip()
        if not word:
            raise NotUnderstood(at, "Write a value right here.")
        found.append((word, at))
        at += len(part) + 1
    return found


def chosen(field: str, word: str, at: int) -> str:
    known = CHOICES[field]
    if word.lower() not in known:
        raise NotUnderstood(at, f"There is no {field} “{word}”. Write {', '.join(known)}.")
    return known[word.lower()]


def digits(word: str, at: int) -> str:
    if not (word.isascii() and word.isdigit() and len(word) <= 18):
        raise NotUnderstood(at, "Write the number of an incident, for example 42.")
    return word


def refuse_misspelt(name: str, at: int) -> None:
    for field in FIELDS:
        if len(field) > 5 and is_one_slip(name, field):
            raise NotUnderstood(at, f"Did you mean “{field}:”? Put quotation marks around it if it is text.")


def is_one_slip(typed: str, meant: str) -> bool:
    """One letter too many, missing or another, or two that have changed their places."""
    if abs(len(typed) - len(meant)) > 1:
        return False
    start = next((n for n, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b), min(len(typed), len(meant)))
    t, m = typed[start:], meant[start:]
    return t[1:] == m[1:] or t[1:] == m or t == m[1:] or (t[:2] == m[:2][::-1] and t[2:] == m[2:])
