"""Reads the whole file before anything is written, and finds every line that could not be imported."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from django.db import connection

from core.errors import Invalid
from incidents.transfer import archive, check
from incidents.transfer.check import Entry

LONGEST_LINE = 256 * 1024 * 1024
MOST_PROBLEMS = 100
BATCH = 1000

# Of this session alone, so that a file of any length costs no memory here. Not one transaction: the stream would wait
# for its end.
TABLES = """
SET statement_timeout = 0;
DROP TABLE IF EXISTS pg_temp.archived_incident, pg_temp.archived_event;
CREATE TEMPORARY TABLE archived_incident (line bigint, id uuid, number bigint, version bigint);
CREATE TEMPORARY TABLE archived_event (line bigint, incident uuid, id uuid, sequence bigint)
"""
TWICE = """
SELECT line, '{what} stands in line ' || before || ' already.', count(*) OVER () FROM (
    SELECT line, lag(line) OVER (PARTITION BY {column} ORDER BY line) AS before FROM pg_temp.{table}) AS placed
WHERE before IS NOT NULL ORDER BY line LIMIT %s
"""
IDS_TWICE = [
    TWICE.format(what="This incident", column="id", table="archived_incident"),
    TWICE.format(what="The id of an event", column="id", table="archived_event"),
    """SELECT a.line, 'The event ' || a.id || ' is here already, of another incident.', count(*) OVER ()
    FROM pg_temp.archived_event a
    JOIN incidents_event e ON e.id = a.id AND e.incident_id <> a.incident ORDER BY a.line LIMIT %s""",
]
NUMBERS_TWICE = [
    TWICE.format(what="This number", column="number", table="archived_incident"),
    TWICE.format(what="The sequence of an event", column="sequence", table="archived_event"),
    """SELECT a.line, 'Another incident here has the number ' || a.number || '; --renumber gives a new one.',
    count(*) OVER () FROM pg_temp.archived_incident a
    JOIN incidents_incident i ON i.number = a.number AND i.id <> a.id ORDER BY a.line LIMIT %s""",
    """SELECT a.line, 'Another event here has the sequence ' || a.sequence || '; --renumber gives a new one.',
    count(*) OVER () FROM pg_temp.archived_event a
    JOIN incidents_event e ON e.sequence = a.sequence AND e.id <> a.id ORDER BY a.line LIMIT %s""",
]
IN_ALL = """
SELECT coalesce(max(number), 0), (SELECT coalesce(max(sequence), 0) FROM pg_temp.archived_event),
       (SELECT count(*) FROM pg_temp.archived_incident a JOIN incidents_incident i USING (id)
        WHERE i.version <> a.version)
FROM pg_temp.archived_incident
"""


@dataclass(slots=True)
class Found:
    incidents: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)  # (line, sentence), the first MOST_PROBLEMS of them
    wrong: int = 0  # how many there are in all
    people: dict[str, Entry] = field(default_factory=dict)
    highest_number: int = 0
    highest_sequence: int = 0
    changed_since: int = 0  # incidents that are here already, and have another version

    def add(self, line: int, sentences: list[str]) -> None:
        self.wrong += len(sentences)
        self.problems += [(line, sentence) for sentence in sentences[: MOST_PROBLEMS - len(self.problems)]]


def numbered(path: Path, told: Callable[[int], None]) -> Iterator[tuple[int, bytes]]:
    """The lines that are not empty, each with its number; `told` hears how many bytes have been read."""
    with path.open("rb") as file:
        for number, raw in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), start=1):
            told(file.tell())
            if raw.strip():
                yield number, raw


def survey(path: Path, *, with_numbers: bool, told: Callable[[int], None]) -> Found:
    """`with_numbers` unless everything is going to get new ones."""
    found = Found()
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
    entries = whole_entries(path, found, told)
    while batch := list(islice(entries, BATCH)):
        remember(batch)
    if not found.wrong:
        compare(found, IDS_TWICE + (NUMBERS_TWICE if with_numbers else []))
    return found


def whole_entries(path: Path, found: Found, told: Callable[[int], None]) -> Iterator[tuple[int, Entry]]:
    """Those in which nothing is wrong; of the others `found` keeps what is."""
    number, end = 0, None
    for number, raw in numbered(path, told):
        line = parsed_or_none(found, number, raw)
        if end is not None:
            found.add(number, ["This comes after the line that ends the file."])
        elif number == 1:
            found.add(
                number, [] if line == archive.FORMAT else [f"This must be {orjson.dumps(archive.FORMAT).decode()}."]
            )
        elif isinstance(line, dict) and set(line) == {"incidents"}:
            end = line["incidents"]
        elif line is not None:
            yield from fitting(found, number, line)
    if not found.wrong and end != found.incidents:
        found.add(number, [f'The last line must be {{"incidents": {found.incidents}}}: the file is cut off.'])


def parsed_or_none(found: Found, number: int, raw: bytes) -> Any:
    try:
        return check.parsed(raw)
    except Invalid as error:
        found.add(number, [message for told in error.details.values() for message in told])
    return None


def fitting(found: Found, number: int, line: Any) -> Iterator[tuple[int, Entry]]:
    sentences = list(check.problems(line))
    found.incidents += 1
    found.add(number, sentences)
    if not sentences:
        found.people |= {person["id"].lower(): person for person in line["people"]}
        yield number, line


def remember(batch: list[tuple[int, Entry]]) -> None:
    incidents = [(number, entry["incident"]) for number, entry in batch]
    copy("archived_incident", [(number, row["id"], row["number"], row["version"]) for number, row in incidents])
    copy(
        "archived_event",
        [
            (number, entry["incident"]["id"], event["id"], event["sequence"])
            for number, entry in batch
            for event in entry["events"]
        ],
    )


def copy(table: str, rows: list[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY pg_temp.{table} FROM STDIN") as into:
        for row in rows:
            into.write_row(row)


def compare(found: Found, questions: list[str]) -> None:
    """The lines with each other, and with what is in the database."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE pg_temp.archived_incident; ANALYZE pg_temp.archived_event")
        for question in questions:
            cursor.execute(question, [MOST_PROBLEMS])
            conflicts = cursor.fetchall()
            for line, sentence, _ in conflicts:
                found.add(line, [sentence])
            found.wrong += conflicts[0][2] - len(conflicts) if conflicts else 0
        cursor.execute(IN_ALL)
        found.highest_number, found.highest_sequence, found.changed_since = cursor.fetchone()
