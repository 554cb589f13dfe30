"""The patches, and the tests that must turn red with each."""

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]


@dataclass(frozen=True)
class Patch:
    path: Path
    tests: tuple[str, ...]  # what pytest is given

    @property
    def name(self) -> str:
        return self.path.stem.replace("-", " ")


def patches() -> list[Patch]:
    return [read(path) for path in sorted(FOLDER.glob("*.patch"))]


def read(path: Path) -> Patch:
    first = path.read_text().splitlines()[0]
    return Patch(path, tuple(first.removeprefix("Tests: ").split()))
