"""The numbers of this process, and how they are written down for the others.

To count is to change memory under a lock; to be shown they are written as prometheus-client's multiprocess mode reads
them, but as whole files now and then: to count into mapped files costs four times as much, and a full disk would end
the process where here it is an error that is logged.
"""

import struct
import threading
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from prometheus_client import disable_created_metrics, values
from prometheus_client.mmap_dict import mmap_key

_lock = threading.Lock()
_values: list["Value"] = []


class Value:
    """A number of a metric, in the place of prometheus-client's own."""

    __slots__ = ("_beginning", "_entry", "_shown", "_value", "kind")
    _multiprocess = True

    def __init__(
        self,
        typ: str,
        metric: str,
        name: str,
        labels: Any,
        texts: Any,
        about: str,
        multiprocess_mode: str = "",
        **_others: Any,
    ) -> None:
        self._value = 0.0
        self._shown: float | None = None
        self._entry = b""
        self.kind = f"{typ}_{multiprocess_mode}" if typ == "gauge" else typ
        self._beginning = beginning(mmap_key(metric, name, labels, texts, about))
        with _lock:
            _values.append(self)

    def inc(self, amount: float) -> None:
        with _lock:
            self._value += amount

    def set(self, value: float, timestamp: float | None = None) -> None:
        self._value = value

    def get(self) -> float:
        return self._value

    def set_exemplar(self, exemplar: Any) -> None:
        """The files have no place for one."""

    def get_exemplar(self) -> None:
        return None

    def entry(self) -> bytes:
        value = self._value
        if value != self._shown:
            self._shown, self._entry = value, self._beginning + struct.pack("dd", value, 0.0)
        return self._entry


# For whatever metric is made from here on.
values.ValueClass = Value
disable_created_metrics()  # type: ignore[no-untyped-call]  # prometheus-client has not all types


def written() -> dict[str, bytes]:
    """What a file of each kind holds now."""
    entries: dict[str, list[bytes]] = defaultdict(list)
    for value in _values.copy():
        entries[value.kind].append(value.entry())
    return {kind: file_of(found) for kind, found in entries.items()}


def beginning(key: str) -> bytes:
    """What stands before an entry's number: padded, so that numbers stand at multiples of eight bytes."""
    text = key.encode()
    return struct.pack("i", len(text)) + text + b" " * (8 - (len(text) + 4) % 8)


def file_of(entries: Iterable[bytes]) -> bytes:
    body = b"".join(entries)
    return struct.pack("i4x", len(body) + 8) + body
