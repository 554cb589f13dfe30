"""The part of docs/reliability.md about hostile input tells what was found, and of every module that sends some."""

import json
from pathlib import Path

from tests.chaos.report import PAGE
from tests.hostile import report

LINE = {
    "scenario": "test_protocol",
    "commit": "0d97bea",
    "load": 1.5,
    "answers": 1082,
    "faults": 0,
    "failed": 0,
    "harm": 0,
}
LINE |= {"memory_mb_before": 190, "memory_mb_after": 204}


def told(*lines: dict[str, object]) -> str:
    return report.table(report.last_whole(json.dumps(LINE | line) for line in lines))


def test_every_module_has_its_row() -> None:
    assert sorted(report.ROWS) == sorted(path.stem for path in (Path(__file__).parent / "hostile").glob("test_*.py"))


def test_the_newest_line_is_told_and_what_was_not_kept_is_not_told_as_kept() -> None:
    kept = "| HTTP that could be read in two ways | 1,082 | 0 | 190, 204 | 0d97bea, 1.5 |"

    assert kept in told({"faults": 2}, {})
    assert "**not kept**" in told({}, {"harm": 1})
    assert kept not in told({}, {"failed": 1})


def test_a_part_of_a_module_is_not_told_as_the_whole() -> None:
    assert told({"scenario": "test_every_input", "field_values": 3}) == f"{report.HEAD}\n"


def test_the_page_has_a_place_for_them() -> None:
    assert f"{report.BEGIN}\nThese.\n{report.END}" in report.write(PAGE.read_text(), "These.\n")
