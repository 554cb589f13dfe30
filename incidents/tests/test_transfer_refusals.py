"""`manage.py import_incidents` looks at the whole file first, and says of each bad line what is wrong there."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from incidents.models import Incident
from incidents.tests.test_transfer import file, history, read  # noqa: F401  two are fixtures
from incidents.transfer import survey

Edit = Callable[[dict[str, Any]], Any]


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def written(path: Path, found: list[Any]) -> Path:
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in found))
    return path


def set_to(path: str, value: Any) -> Edit:
    """`set_to("incident.title", "")` sets that part of a line; `...` takes it out."""

    def edit(line: dict[str, Any]) -> None:
        *way, last = [int(word) if word.isdigit() else word for word in path.split(".")]
        part: Any = line
        for word in way:
            part = part[word]
        if value is ...:
            del part[last]
        else:
            part[last] = value

    return edit


DEEP: Any = 1
for _ in range(40):
    DEEP = [DEEP]
WRONG = {
    "incident.title": ["", " \t", "x" * 201, 7, None, "a\0b", "\ud800"],
    "incident.number": [0, -1, 2**53, 1.5, True, "7"],
    "incident.id": ["7", None, 7],
    "incident.severity": ["P9", ["P1"]],
    "incident.metadata": [[], {"a": "x" * 20_000}, {"a": DEEP}, {"\0": 1}],
    "incident.created_at": ["yesterday", "2026-11-24T09:00:00", "0000-01-01T00:00:00Z", 7],
    "incident.resolved_at": ["", False],
    "incident.search": ["'x':1"],
    "events.0.type": ["DELETED", "created"],
    "events.0.data": [[], {"title": "x"}, {"title": "x", "severity": "P1", "more": 1}],
    "events.0.request_id": ["x" * 129, None],
    "events.1.data.changes": [[], {"status": {"from": "OPEN", "to": "ACK"}}, {"title": {"from": "x"}}],
    "events.3.data.body": ["", "x" * 20_001, "a\0"],
    "people.0.email": ["", "rui", "a b@c", "x" * 255 + "@c"],
    "people.0": ["rui"],
}


@pytest.mark.parametrize(("path", "values"), WRONG.items(), ids=list(WRONG))
def test_what_the_service_would_not_have_written_is_refused_by_name(file: Path, path: str, values: list[Any]) -> None:  # noqa: F811  the fixture
    good = lines(file)
    name = path.replace(".0", "[0]").replace(".1", "[1]").replace(".3", "[3]").split(".data")[0]
    for value in values:
        first = json.loads(json.dumps(good[1]))
        set_to(path, value)(first)

        said = read(written(file, [good[0], first, *good[2:]]), "--dry-run")

        assert f"line 2: {name}" in said, value
        assert "Nothing was imported: the file has " in said


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (set_to("incident.version", 5), "incident.version: 5, but there are 6 events."),
        (set_to("incident.status", "OPEN"), "incident: acknowledged_at and resolved_at do not fit the status."),
        (set_to("incident.resolved_at", None), "incident: acknowledged_at and resolved_at do not fit the status."),
        (set_to("events.1.sequence", 1), "events: each sequence must be greater than the one before."),
        (set_to("events.0", ...), "events: the first, and no other, must be CREATED."),
        (set_to("people.0", ...), "is named, and is not among them."),
    ],
)
def test_parts_that_do_not_fit_each_other_are_refused(file: Path, edit: Edit, said: str) -> None:  # noqa: F811  the fixture
    found = lines(file)
    edit(found[1])

    assert said in read(written(file, found))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda found: found[1:], 'line 1: This must be {"format":"incidents","version":1}.'),
        (lambda found: found[:-1], 'line 4: The last line must be {"incidents": 3}: the file is cut off.'),
        (
            lambda found: [*found[:2], *found[3:]],
            'line 4: The last line must be {"incidents": 2}: the file is cut off.',
        ),
        (lambda found: [*found, found[1]], "line 6: This comes after the line that ends the file."),
        (lambda found: [*found[:2], "{", *found[3:]], "line 3: This is not valid JSON in UTF-8."),
        (lambda found: [*found[:2], '{"a":1,"a":2}', *found[3:]], 'line 3: The key "a" stands twice in one object.'),
        (lambda found: [*found[:4], found[1], {"incidents": 4}], "line 5: This incident stands in line 2 already."),
        (lambda found: [], "cut off"),
    ],
)
def test_a_file_that_is_not_whole_is_refused(file: Path, change: Callable[[list[Any]], list[Any]], said: str) -> None:  # noqa: F811  the fixture
    assert said in read(written(file, change(lines(file))))


def test_complaints_are_bounded_and_nothing_is_imported(file: Path, monkeypatch: Any) -> None:  # noqa: F811  the fixture
    monkeypatch.setattr(survey, "MOST_PROBLEMS", 3)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM incidents_incident")
    found = lines(file)

    said = read(written(file, [found[0], *["rubbish"] * 10, *found[1:]]))

    assert said.splitlines()[3:] == ["…", "Nothing was imported: the file has 10 faults."]
    assert not Incident.objects.exists()


def test_a_file_that_is_not_there_is_a_sentence(db: None, tmp_path: Path) -> None:
    assert "The file cannot be read" in read(tmp_path / "none.jsonl")
