"""The progress of a command: a bar on a terminal, and nothing in a file."""

from io import StringIO

import pytest
from django.core.management.base import OutputWrapper

from core import progress
from core.progress import Progress


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def drawn(stream: StringIO) -> str:
    bar = Progress(OutputWrapper(stream), 200, "import")
    for done in (50, 100, 250):
        bar.show(done)
    bar.end()
    return stream.getvalue()


def test_a_terminal_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PAUSE_SECONDS", 0)
    lines = drawn(Terminal()).split("\r")

    assert [line.partition("]")[2][:5] for line in lines[1:]] == ["  25%", "  50%", " 100%", " 100%"]
    assert lines[2].startswith(f"import [{'#' * 15}{' ' * 15}]")
    assert lines[-1].endswith("0:00 left \n")


def test_it_is_not_drawn_more_often_than_anybody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PAUSE_SECONDS", 60)

    assert drawn(Terminal()).count("\r") == 2


def test_a_file_gets_nothing_of_it() -> None:
    assert drawn(StringIO()) == ""
