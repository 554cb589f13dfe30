"""Half a thousand clients that send a byte a second take nothing from anybody (T10)."""

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from core.tests.fault_bench import Answer, percentile
from tests.chaos.bench import Bench
from tests.chaos.crowd import crowd
from tests.chaos.web import Web

pytestmark = pytest.mark.fault
SLOW = 500
# Connections that do nothing inside of a transaction: somebody waits there for a client.
HELD = """SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND state LIKE 'idle in transaction%' AND state_change < now() - interval '200 ms'"""
CONNECTIONS = """SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend'"""  # autovacuum comes and goes
Counts = Callable[..., int]


class Dawdlers:
    """Each begins anew when the service has hung up on it: half of them in the head, half in the body of a write."""

    def __init__(self, web: Web) -> None:
        head = f"POST /v1/incidents HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {web.token}\r\n"
        whole = f"{head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
        self.port = web.port
        self.begins = [head.encode(), whole.encode()]
        self.sockets: dict[int, socket.socket] = {}
        self.hung_up_on = 0
        self.ending = threading.Event()

    def go_on(self) -> None:
        """A byte each, once a second."""
        while not self.ending.is_set():
            began = time.monotonic()
            for place in range(SLOW):
                self.say_more(place)
            self.ending.wait(max(0.0, began + 1 - time.monotonic()))
        for each in self.sockets.values():
            each.close()

    def say_more(self, place: int) -> None:
        if place not in self.sockets:
            self.sockets[place] = socket.create_connection(("127.0.0.1", self.port), 5)
            self.sockets[place].sendall(self.begins[place % 2])
        try:
            self.sockets[place].sendall(b"x")
        except OSError:
            self.hung_up_on += 1
            self.sockets.pop(place).close()


@contextmanager
def dawdlers(web: Web) -> Iterator[Dawdlers]:
    slow = Dawdlers(web)
    thread = threading.Thread(target=slow.go_on)
    thread.start()
    try:
        yield slow
    finally:
        slow.ending.set()
        thread.join()


def ordinary(bench: Bench, web: Web, seconds: float) -> tuple[list[Answer], int, int]:
    """Reads and writes, one after the other; the most connections to the database, and of them held for a client."""
    answers, most, held = [], 0, 0
    path = str(web.open_incident().headers["location"])
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        answers += [web.get(path), web.get("/v1/incidents?limit=5"), web.open_incident()]
        most, held = max(most, bench.count(CONNECTIONS)), max(held, bench.count(HELD))
        time.sleep(random.uniform(0, 0.02))  # noqa: S311  no secret hangs on it
    return answers, most, held


def test_clients_that_send_a_byte_a_second_delay_nobody_and_hold_no_connection_to_the_database(
    bench: Bench, counts: Counts, publish: Callable[..., None]
) -> None:
    seconds = counts(4, 35)
    with bench.web() as web:
        with crowd(web, 64):  # each thread makes its connection at its first request
            ordinary(bench, web, 2)
        calm, most_calm, _ = ordinary(bench, web, seconds)
        with dawdlers(web) as slow:
            assert bench.becomes(lambda: len(slow.sockets) == SLOW, 20)
            stormy, most_stormy, held = ordinary(bench, web, seconds)

    figures = {"calm_p99": percentile(calm, 0.99), "p99": percentile(stormy, 0.99), "requests": len(stormy)}
    publish(slow=SLOW, hung_up_on=slow.hung_up_on, connections=most_stormy, **figures)
    assert {answer.status for answer in [*calm, *stormy]} == {200, 201}
    assert figures["p99"] <= 1
    assert most_stormy <= most_calm
    assert held == 0
