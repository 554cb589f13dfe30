"""Answers that take minutes. The rest of one is made by a thread of its own, so that neither its length nor the pace of
whoever reads it takes a thread from those that serve requests."""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextvars import copy_context
from itertools import islice

from django.db import connection
from django.http import StreamingHttpResponse

PIECE_BYTES = 64 * 1024
# Whoever does not take a piece within so long is cut off: a slow reader must not keep others from theirs for ever.
PIECE_SECONDS = 30.0


class LongAnswer(StreamingHttpResponse):
    patience_seconds = PIECE_SECONDS

    def apart(self, pour: Callable[[], None]) -> None:
        """The front calls this for what comes after the first piece."""

        def run() -> None:
            try:
                pour()
            finally:
                connection.close()  # this thread's own

        threading.Thread(target=copy_context().run, args=(run,), name="long-answer", daemon=True).start()


class Begun(Iterator[bytes]):
    """Pieces of which two are made at once: what goes wrong until then is still an answer by itself, and what is short
    has come to its end."""

    def __init__(self, pieces: Generator[bytes]) -> None:
        self._pieces = pieces
        self._made = deque(islice(pieces, 2))

    def __next__(self) -> bytes:
        return self._made.popleft() if self._made else next(self._pieces)

    def close(self) -> None:
        self._pieces.close()


def pieces(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Lines by the PIECE_BYTES, or somewhat more."""
    gathered: list[bytes] = []
    size = 0
    for line in lines:
        gathered.append(line)
        size += len(line)
        if size >= PIECE_BYTES:
            yield b"".join(gathered)
            gathered, size = [], 0
    yield b"".join(gathered)
