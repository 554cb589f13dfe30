"""What must end as soon as the process is told to stop, since it would never end by itself. Lives on the loop."""

from collections.abc import Callable

_endings: list[Callable[[], None]] = []


def at_stop(ending: Callable[[], None]) -> None:
    if ending not in _endings:
        _endings.append(ending)


def begin() -> None:
    for ending in _endings:
        ending()
