"""`python -m tests.hostile.report`: writes the last figures of `make fuzz` into docs/reliability.md."""

import json
import re
import sys
from collections.abc import Iterable
from typing import Any

from tests.chaos.report import PAGE
from tests.hostile.figures import RESULTS

BEGIN, END = "<!-- hostile input -->", "<!-- end of hostile input -->"
HEAD = "| sent | answers | of them faults | MB before, after | commit, load |\n|---|---|---|---|---|"
ROWS = {
    "test_the_forty": "hostile requests by number, one each",
    "test_the_forty_in_steps": "those that take several",
    "test_cheating_receivers": "receivers that redirect, never end, say too much",
    "test_protocol": "HTTP that could be read in two ways",
    "test_every_input": "every field ({field_values} values), query ({query_values}), path ({path_values}), header "
    "({header_values}) and cookie ({cookie_values}) of the API",
    "test_every_form": "every form ({form_values} values), query ({page_queries}) and path ({page_paths}) of the pages",
    "test_forbidden_everywhere": "forbidden addresses for webhooks ({webhook_addresses}) and channels "
    "({channel_addresses}); none was connected",
}
Line = dict[str, Any]


def last_whole(lines: Iterable[str]) -> dict[str, Line]:
    """Of each scenario the newest line; one that ran in part lacks some of its figures, and is passed over."""
    found = {}
    for line in map(json.loads, lines):
        names = re.findall(r"{(\w+)}", ROWS.get(line["scenario"], "{none}"))
        if "failed" in line and set(names) <= set(line):
            found[line["scenario"]] = line
    return found


def table(lines: dict[str, Line]) -> str:
    return "\n".join([HEAD, *(cells(text, lines[name]) for name, text in ROWS.items() if name in lines), ""])


def cells(text: str, line: Line) -> str:
    kept = "" if line["failed"] == line["harm"] == 0 else " **not kept**"
    memory = f"{line['memory_mb_before']}, {line['memory_mb_after']}"
    told = [text.format(**line) + kept, f"{line['answers']:,}", line["faults"], memory]
    return f"| {' | '.join(map(str, told))} | {line['commit']}, {line['load']:.1f} |"


def write(page: str, text: str) -> str:
    return re.sub(f"{BEGIN}.*{END}", lambda _: f"{BEGIN}\n{text}{END}", page, flags=re.DOTALL)


def main() -> int:
    if RESULTS.exists():
        PAGE.write_text(write(PAGE.read_text(), table(last_whole(RESULTS.read_text().splitlines()))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
