"""Each page of docs/decisions has its three parts, the next number, and its line in the list."""

import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "decisions"
PAGES = sorted(FOLDER.glob("[0-9]*.md"))


def test_the_numbers_run_without_a_gap() -> None:
    assert [page.name[:4] for page in PAGES] == [f"{number:04}" for number in range(1, len(PAGES) + 1)]


def test_the_list_names_every_page_in_order() -> None:
    named = re.findall(r"\]\(([^)]+\.md)\)", (FOLDER / "README.md").read_text())

    assert named == [*(page.name for page in PAGES), "dependencies.md"]


def test_each_page_says_context_choice_and_price() -> None:
    parts = {page.name: re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE) for page in PAGES}

    assert {name: found for name, found in parts.items() if found[1:] != ["Context", "Choice", "Price"]} == {}
    assert [name for name, found in parts.items() if not found[0].startswith(name[:4])] == []
