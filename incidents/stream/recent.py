"""The end of the log, as far as it is worth keeping: most who come back find here what they have missed."""

from bisect import bisect_right
from collections.abc import Sequence

from incidents.stream.log import Entry
from incidents.stream.position import Position

MOST_ENTRIES = 2_000
MOST_BYTES = 8 * 1024 * 1024


class Recent:
    def __init__(self, since: Position) -> None:
        self.since = since  # all that comes after it is here
        self.until = since
        self._entries: list[Entry] = []
        self._bytes = 0

    def add(self, entries: Sequence[Entry]) -> None:
        self._entries += entries
        self._bytes += sum(len(entry.text) for entry in entries)
        self.until = entries[-1].position
        if len(self._entries) > MOST_ENTRIES or self._bytes > MOST_BYTES:
            self._drop(len(self._entries) // 2)

    def after(self, position: Position) -> list[Entry] | None:
        """None when some of it may have gone."""
        if position < self.since:
            return None
        return self._entries[bisect_right(self._entries, position, key=lambda entry: entry.position) :]

    def _drop(self, count: int) -> None:
        if count:
            self._bytes -= sum(len(entry.text) for entry in self._entries[:count])
            self.since = self._entries[count - 1].position
            del self._entries[:count]
