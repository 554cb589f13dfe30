"""`python -m tests.chaos.report`: writes the last figures of `make chaos` into docs/reliability.md."""

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.chaos.rows import ROWS, Row

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench" / "results" / "chaos.jsonl"
PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
HEAD = "| | tried | found | commit, load |\n|---|---|---|---|"

Line = dict[str, Any]


def last_full(lines: Iterable[str]) -> dict[str, Line]:
    """Of each scenario the newest line with all counts; of one with parameters, that of the last."""
    found = [line for line in map(json.loads, lines) if line["form"] == "full"]
    return {line["scenario"].partition("[")[0]: line for line in found}


def figures(lines: dict[str, Line]) -> str:
    shown = [(row, lines[row.scenario]) for row in ROWS if row.scenario in lines]
    table = [cells(row, line) for row, line in shown]
    return "\n".join([HEAD, *table, "", in_all(line for _, line in shown), ""])


def cells(row: Row, line: Line) -> str:
    if line["verdict"] == "passed":
        tried, found = row.tried.format(**line), row.found.format(**line)
    else:
        tried, found = row.scenario.removeprefix("test_").replace("_", " "), "**not kept**"
    return f"| {row.id} | {tried} | {found} | {line['commit']}, {line['load']} |"


def in_all(lines: Iterable[Line]) -> str:
    """One sentence about all that ran; what was not kept is not summed up."""
    all_lines = list(lines)
    kept = [line for line in all_lines if line["verdict"] == "passed"]
    acknowledged, kills = (sum(line.get(name, 0) for line in kept) for name in ("acknowledged", "kills"))
    dates = sorted({line["at"][:10] for line in all_lines})
    return (
        f"{len(kept)} of {len(all_lines)} scenarios kept what is promised: {acknowledged:,} acknowledged writes and "
        f"{kills:,} kills, with nothing lost and nothing there twice. {' and '.join(dates)}, on "
        f"{max(line['cores'] for line in all_lines)} cores; seed {max(line['seed'] for line in all_lines)}."
    )


def write(page: str, text: str) -> str:
    return re.sub(f"{BEGIN}.*{END}", lambda _: f"{BEGIN}\n{text}{END}", page, flags=re.DOTALL)


def main() -> int:
    lines = last_full(RESULTS.read_text().splitlines()) if RESULTS.exists() else {}
    if not lines:
        sys.stderr.write("There is nothing to tell yet: run `make chaos` first.\n")
        return 1
    PAGE.write_text(write(PAGE.read_text(), figures(lines)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
