"""Every dependency has its row in docs/decisions/dependencies.md, and whatever the code imports is a dependency."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "decisions" / "dependencies.md").read_text()
FILES = ("requirements.txt", "requirements-embedded.txt", "requirements-dev.txt")
TESTS = ("tests", "benchmarks")


def required(file: str) -> set[str]:
    lines = (ROOT / file).read_text().splitlines()
    return {re.split(r"[\[~=<>;! ]", line)[0] for line in lines if line and line[0] not in "-#"}


def rows(file: str) -> list[list[str]]:
    section = PAGE.partition(f"({file})\n")[2].partition("\n## ")[0]
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines[2:]]


@pytest.mark.parametrize("file", FILES)
def test_each_requirement_has_its_row_and_each_row_its_requirement(file: str) -> None:
    names = [row[0] for row in rows(file)]

    assert sorted(names) == sorted(required(file))


@pytest.mark.parametrize("file", FILES)
def test_each_row_says_what_it_saves_what_it_costs_and_what_there_is_instead(file: str) -> None:
    assert [row for row in rows(file) if len(row) != 4 or not all(row)] == []


def imported(tree: ast.Module) -> set[str]:
    """The top-level packages that a module imports by their full name."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(str(node.module))
    return {name.partition(".")[0] for name in names}


def imports(of_tests: bool) -> set[str]:
    """What is imported that is neither Python's nor ours."""
    tops = [top for top in ROOT.iterdir() if top.name[0] != "."]
    sources = [path for top in tops for path in [top, *top.rglob("*")] if path.suffix == ".py"]
    chosen = [
        path
        for path in sources
        if of_tests == (path.name == "conftest.py" or bool(set(TESTS) & set(path.relative_to(ROOT).parts)))
    ]
    ours = {path.name for path in ROOT.iterdir() if path.is_dir()}
    found = {name for path in chosen for name in imported(ast.parse(path.read_text()))}
    return found - set(sys.stdlib_module_names) - ours - {"conftest"}


def distributions(packages: set[str]) -> set[str]:
    known = packages_distributions()
    return {re.sub("[-_.]+", "-", known[package][0]).lower() for package in packages}


def test_the_service_imports_only_what_production_requires() -> None:
    used = distributions(imports(of_tests=False))

    assert {"django", "redis", "orjson"} <= used
    assert used - required("requirements.txt") == set()


def test_the_tests_import_only_what_is_required_somewhere() -> None:
    used = distributions(imports(of_tests=True))

    assert {"pytest", "schemathesis"} <= used
    assert used - set().union(*map(required, FILES)) == set()
