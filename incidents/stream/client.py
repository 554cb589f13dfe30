"""One client of the stream: what it wants, how far it has been told, and what it has not taken yet."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from incidents.stream.log import Entry, Present, Wanted
from incidents.stream.position import Position
from users.standing import Credential

MOST_WAITING_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request that may have its stream."""

    after: Position
    present: Present
    is_new: bool  # it has no id to resume from: what was there before is not for it
    wanted: Wanted
    credential: Credential | None
    request_id: str


class Client:
    __slots__ = (
        "_known",
        "_waiting",
        "_waiting_bytes",
        "after",
        "at_end",
        "credential",
        "ending",
        "news",
        "told",
        "wanted",
    )

    def __init__(self, accepted: Accepted) -> None:
        self.after = accepted.after
        self.wanted = accepted.wanted
        self.credential = accepted.credential
        self.ending: str | None = None  # the reason, once there is one
        self.at_end: Callable[[], object] = lambda: None
        self.told = 0
        self.news = asyncio.Event()
        self._known = accepted.present if accepted.is_new else None
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0

    def pick(self, entries: Sequence[Entry]) -> list[bytes]:
        """Of entries in their order what is wanted and new to it, which from here on is that no more."""
        picked = [entry.text for entry in entries if entry.position > self.after and self._wants(entry)]
        if entries:
            self.after = max(self.after, entries[-1].position)
            if self._known and self.after >= (self._known.now.epoch, self._known.next_xid):
                self._known = None
        return picked

    def _wants(self, entry: Entry) -> bool:
        return self.wanted.includes(entry) and not (self._known and self._known.shows(entry.position))

    def offer(self, entries: Sequence[Entry]) -> None:
        """Whoever has not taken the last ones by now, and holds too many, is too slow: it will come back and ask for
        the rest."""
        texts = self.pick(entries)
        if self.ending or not texts:
            return
        if self._waiting_bytes > MOST_WAITING_BYTES:
            self.end("too slow")
            return
        self._waiting += texts
        self._waiting_bytes += sum(map(len, texts))
        self.news.set()

    def take(self) -> bytes:
        taken, self._waiting, self._waiting_bytes = self._waiting, [], 0
        self.told += len(taken)
        self.news.clear()
        return b"".join(taken)

    def end(self, reason: str) -> None:
        if self.ending is None:
            self.ending = reason
            self._waiting, self._waiting_bytes = [], 0
            self.at_end()
