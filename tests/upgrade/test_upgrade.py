"""From the first migrations, with rows in their tables, to today's, and back: what was written then is answered now."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from psycopg import sql

from core.tests.fault_bench import Called
from tests import starts
from tests.live_server import BARE, engines, web

pytestmark = pytest.mark.fault

FIRST = ("users", "core", "incidents")
ROWS = Path(__file__).with_name("first.sql")
OPEN, ACK, UNSEEN, DONE = (f"01a00000-0000-7000-8000-00000000000{number}" for number in range(1, 5))
RUI = "01a00000-0000-7000-8000-0000000000a2"
DAY = "from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z"


class Database:
    """An empty one beside that of the tests."""

    def __init__(self, name: str) -> None:
        self.name = sql.Identifier(name)
        self.variables = engines()
        self.url = self.variables["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
        self.variables = {**self.variables, "DATABASE_URL": self.url}

    def make(self) -> None:
        self.beside("CREATE DATABASE {} TEMPLATE template0")

    def drop(self) -> None:
        self.beside("DROP DATABASE {} WITH (FORCE)")

    def beside(self, statement: str) -> None:
        with psycopg.connect(settings.DATABASE_URL, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(self.name))

    def manage(self, *words: str) -> None:
        done = starts.run([sys.executable, "manage.py", *words], env=BARE | self.variables)
        assert done.returncode == 0, done.stderr

    def run(self, statements: str) -> None:
        with psycopg.connect(self.url) as connection:
            connection.execute(statements)  # type: ignore[arg-type]  # our own file


@pytest.fixture
def old(transactional_db: None) -> Iterator[Database]:
    """As the first release left it, with rows in every table that it had."""
    database = Database(f"upgrade_{os.getpid()}")
    database.make()
    try:
        for app in FIRST:
            database.manage("migrate", app, "0001")
        database.run(ROWS.read_text())
        yield database
    finally:
        database.drop()


class Caller(Called):
    def __init__(self, address: str, letter: str) -> None:
        self.port = int(address.rpartition(":")[2])
        self.token = f"inc_{letter * 40}"

    def fetch(self, path: str) -> Any:
        answer = self.get(path)
        assert answer.status == 200, answer
        return answer.body


def told(ada: Caller) -> dict[str, Any]:
    """What the API says of all that is old, but for the moments at which it was asked."""
    summary = ada.fetch(f"/v1/analytics/summary?{DAY}")
    return {
        "incidents": [ada.fetch(f"/v1/incidents/{id}") for id in (OPEN, ACK, UNSEEN, DONE)],
        "logs": [ada.fetch(f"/v1/incidents/{id}/events") for id in (OPEN, ACK, UNSEEN, DONE)],
        "list": [each["number"] for each in ada.fetch("/v1/incidents?created_before=2026-11-02T00:00:00Z")["results"]],
        "found": {word: found(ada, word) for word in ("checkout", "raid", "db-7", "nothing")},
        "people": sorted(each["email"] for each in ada.fetch("/v1/users")["results"]),
        "audit": [each["action"] for each in ada.fetch("/v1/audit")["results"]],
        "totals": summary["totals"]["all"],
    }


def found(ada: Caller, word: str) -> list[int]:
    return [each["number"] for each in ada.fetch(f"/v1/incidents?q={word}")["results"]]


def test_what_the_first_release_wrote_is_answered_after_all_migrations_and_after_their_way_back(old: Database) -> None:
    old.manage("migrate")
    with web(old.variables) as address:
        before = told(Caller(address, "a"))
        written = write(Caller(address, "r"))
    for app in reversed(FIRST):
        old.manage("migrate", app, "0001")
    old.manage("migrate")
    old.manage("rebuild_analytics")  # from here on the same numbers come from tallies
    with web(old.variables) as address:
        after = told(Caller(address, "a"))
        kept = Caller(address, "a").fetch(f"/v1/incidents/{written['id']}")
        acknowledged = Caller(address, "r").call("PATCH", f"/v1/incidents/{OPEN}/status", {"status": "ACK"})

    is_as_it_was_written(before)
    assert after == before
    assert (written["number"], kept) == (5, written)
    assert (acknowledged.status, acknowledged.body["version"]) == (200, 2)


def is_as_it_was_written(answers: dict[str, Any]) -> None:
    statuses = [(each["status"], each["version"], len(each["events"])) for each in answers["incidents"]]
    assert statuses == [("OPEN", 1, 1), ("ACK", 4, 4), ("RESOLVED", 2, 2), ("RESOLVED", 4, 4)]
    assert answers["incidents"][1]["assignee"]["email"] == "eva@example.com"
    assert [event["type"] for event in answers["logs"][1]["results"]] == [
        "CREATED",
        "ASSIGNED",
        "STATUS_CHANGED",
        "COMMENTED",
    ]
    assert answers["list"] == [4, 3, 2, 1]
    assert answers["found"] == {"checkout": [1], "raid": [2], "db-7": [2], "nothing": []}
    assert answers["people"] == ["ada@example.com", "eva@example.com", "rui@example.com"]
    assert answers["audit"] == ["user.created"]
    assert answers["totals"]["by_status"] == {"OPEN": 1, "ACK": 1, "RESOLVED": 2}
    assert answers["totals"]["resolved_without_acknowledgement"] == 1
    assert answers["totals"]["time_to_acknowledge"] == {"count": 2, "mean": 900.0, "median": 900.0, "p90": 1140.0}


def write(rui: Caller) -> Any:
    """What an old key, and old rows, do with today's writes; the new incident as the service shows it."""
    replay = rui.call(
        "POST", "/v1/incidents", {"title": "Checkout is down", "severity": "P1"}, **{"Idempotency-Key": "first-1"}
    )
    refused = rui.call("PATCH", f"/v1/incidents/{DONE}/status", {"status": "OPEN"})
    opened = rui.call("POST", "/v1/incidents", {"title": "Today", "severity": "P2", "assignee": RUI})

    assert (replay.status, replay.headers["idempotency-replayed"], replay.body["id"]) == (200, "true", OPEN)
    assert (refused.status, refused.body["code"]) == (400, "INVALID_STATUS_TRANSITION")
    assert opened.status == 201
    return rui.fetch(f"/v1/incidents/{opened.body['id']}")
