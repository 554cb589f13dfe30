"""`python -m tests.sabotage [number …]`: take one defence away at a time, and see the tests turn red.

Each patch names the tests that must catch it. They run once as they are, since a red that was red before proves
nothing, and then with the patch in a copy of the checkout, where at least one of them must fail.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.sabotage.patches import FOLDER, ROOT, Patch, patches

ALL_PASSED, SOME_FAILED = 0, 1  # of pytest's exit codes; the others tell of no test's judgement


def say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def copy_to(folder: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def run(folder: Path, tests: Sequence[str]) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-m", "not browser", "-p", "no:cacheprovider", *tests]
    return subprocess.run(command, cwd=folder, capture_output=True).returncode


def is_caught(folder: Path, patch: Patch) -> bool:
    apply = ["git", "apply", str(patch.path)]
    subprocess.run(apply, cwd=folder, check=True)
    try:
        return run(folder, patch.tests) == SOME_FAILED
    finally:
        subprocess.run([*apply, "--reverse"], cwd=folder, check=True)


def judge(folder: Path, patch: Patch) -> bool:
    if run(folder, patch.tests) != ALL_PASSED:
        say(f"NOT GREEN  {patch.name}: its tests fail without it")
        return False
    caught = is_caught(folder, patch)
    say(f"{'caught    ' if caught else 'MISSED    '} {patch.name}")
    return caught


def main(numbers: Sequence[str]) -> int:
    chosen = [patch for patch in patches() if not numbers or patch.path.name[:2] in numbers]
    with tempfile.TemporaryDirectory(prefix="sabotage-") as name:
        folder = Path(name)
        copy_to(folder)
        subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
        caught = sum([judge(folder, patch) for patch in chosen])
    say(f"{caught}/{len(chosen)} caught  ({FOLDER.relative_to(ROOT)})")
    return 0 if caught == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
