"""What clients noted: each request, its tries and what came of them."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

WRITES = ("create", "comment", "edit", "status", "delete")


class Request(NamedTuple):
    number: int
    kind: str
    path: str
    key: str
    body: Any


class Try(NamedTuple):
    request: Request
    began: float
    seconds: float
    status: int  # 0: no answer
    is_json: bool
    code: str
    id: str
    version: int
    floor: int
    retry_after: str
    cache: str

    @property
    def ended(self) -> float:
        return self.began + self.seconds

    @property
    def is_acknowledged(self) -> bool:
        return 200 <= self.status < 300


class Journal:
    def __init__(self, file: Path) -> None:
        self.requests: dict[int, Request] = {}
        self.tries: list[Try] = []
        self.given_up: list[Request] = []
        hashes: dict[str, set[str]] = {}
        for line in map(json.loads, file.read_text().split("\n")[:-1]):
            number = line["request"]
            if line["step"] == "sent":
                self.requests[number] = Request(number, line["kind"], line["path"], line["key"], line["body"])
                hashes.setdefault(line["key"] or str(number), set()).add(line["hash"])
            elif line["step"] == "answered":
                self.tries.append(self.tried(line))
            else:
                self.given_up.append(self.requests[number])
        assert all(len(sent) == 1 for sent in hashes.values())  # under one key one body, or nothing here means anything

    def tried(self, line: dict[str, Any]) -> Try:
        rest = {name: line[name] for name in Try._fields if name not in ("request", "began")}
        return Try(self.requests[line["request"]], line["at"] - line["seconds"], **rest)

    def sent(self, *kinds: str) -> list[Request]:
        return [each for each in self.requests.values() if each.kind in kinds]

    def acknowledged(self, *kinds: str) -> list[Try]:
        return [each for each in self.tries if each.is_acknowledged and each.request.kind in kinds]

    def unsettled(self) -> list[Request]:
        """Whatever its clients were never told of, in spite of all their tries."""
        settled = {each.request.number for each in self.tries if each.status and each.status < 500}
        return [each for number, each in self.requests.items() if number not in settled]

    def between(self, begin: float, end: float) -> list[Try]:
        """That were begun then."""
        return [each for each in self.tries if begin <= each.began < end]

    def first_success(self, since: float) -> float:
        """Seconds from then until somebody was told that all is well."""
        return min(each.ended for each in self.tries if each.is_acknowledged and each.ended >= since) - since

    def stale(self) -> list[Try]:
        """Reads that showed less than somebody had been told before they began."""
        reads = (each for each in self.tries if each.request.kind == "read" and each.status == 200)
        return [each for each in reads if each.version < each.floor]

    def figures(self) -> dict[str, Any]:
        statuses = Counter(each.status for each in self.tries)
        return {
            "acknowledged": len({each.request.number for each in self.acknowledged(*WRITES)}),
            "requests": len(self.requests),
            "tries": {str(status): count for status, count in sorted(statuses.items())},
            "given_up": len(self.given_up),
            "p50": round(percentile(self.tries, 0.5), 4),
            "p99": round(percentile(self.tries, 0.99), 4),
            "longest": round(max(each.seconds for each in self.tries), 3),
        }


def percentile(tries: Iterable[Try], share: float) -> float:
    seconds = sorted(each.seconds for each in tries)
    return seconds[min(len(seconds) - 1, int(len(seconds) * share))]
