"""The patches of tests/sabotage fit the code as it is; `make sabotage` sees that each turns a test red."""

import subprocess

import pytest

from tests.sabotage.patches import ROOT, Patch, patches


def test_there_is_one_for_each_defence() -> None:
    assert len(patches()) == 15


@pytest.mark.parametrize("patch", patches(), ids=lambda patch: patch.path.stem)
def test_a_patch_applies_and_names_tests_that_are_there(patch: Patch) -> None:
    check = subprocess.run(["git", "apply", "--check", patch.path], cwd=ROOT, capture_output=True, text=True)

    assert check.stderr == ""
    assert [name for name in patch.tests if name.endswith(".py") and not (ROOT / name).exists()] == []
    assert patch.tests
