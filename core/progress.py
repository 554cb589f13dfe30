"""How far a command is, drawn on a terminal; anywhere else nothing is written."""

import time
from typing import Any

WIDTH = 30
PAUSE_SECONDS = 0.2


class Progress:
    def __init__(self, stream: Any, total: int, what: str) -> None:
        self._stream = stream
        self._total = max(total, 1)
        self._what = what
        self._is_drawn = bool(getattr(stream, "isatty", lambda: False)())
        self._began = time.monotonic()
        self._next = 0.0

    def show(self, done: int) -> None:
        if self._is_drawn and time.monotonic() >= self._next:
            self._next = time.monotonic() + PAUSE_SECONDS
            self._draw(min(done, self._total))

    def end(self) -> None:
        if self._is_drawn:
            self._draw(self._total)
            self._stream.write("\n", ending="")

    def _draw(self, done: int) -> None:
        share = done / self._total
        bar = "#" * round(share * WIDTH)
        left = (time.monotonic() - self._began) * (1 - share) / share if share > 0.02 else 0
        self._stream.write(f"\r{self._what} [{bar:<{WIDTH}}] {share:4.0%}  {clock(left)} left ", ending="")
        self._stream.flush()


def clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
