"""docs/reliability.md tells of every scenario, and of none as kept that was not."""

import json
import re
from pathlib import Path

from tests.chaos import report
from tests.chaos.rows import ROWS

SCENARIOS = sorted(Path(__file__).with_name("chaos").glob("test_*.py"))
LINE = {
    "form": "full",
    "verdict": "passed",
    "commit": "0d97bea",
    "load": 1.5,
    "seed": 1,
    "cores": 2,
    "at": "2026-11-30",
}
K3 = "test_whatever_workers_are_killed_every_delivery_arrives_and_in_order"


def line(**figures: object) -> str:
    return json.dumps({**LINE, "scenario": K3, "kills": 30, "deliveries": 800, "duplicates": 12, **figures})


def test_every_scenario_has_its_row() -> None:
    defined = [name for file in SCENARIOS for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)]

    assert sorted(row.scenario for row in ROWS) == sorted(defined)


def test_the_newest_line_of_a_full_run_is_told() -> None:
    lines = report.last_full([line(kills=1), line(), line(form="short", kills=2)])

    assert (
        "| K3 | a background worker killed, 30 times, during 800 deliveries "
        "| all arrived, in order; 12 came twice, with the same id | 0d97bea, 1.5 |"
    ) in report.figures(lines)


def test_what_was_not_kept_is_not_told_as_kept() -> None:
    told = report.figures(report.last_full([line(), line(verdict="failed")]))

    assert "all arrived" not in told
    assert "**not kept**" in told
    assert "0 of 1 scenarios" in told


def test_the_page_has_a_place_for_the_figures() -> None:
    written = report.write(report.PAGE.read_text(), "These.\n")

    assert f"{report.BEGIN}\nThese.\n{report.END}" in written
    assert report.write(written, "These.\n") == written
