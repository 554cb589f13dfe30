"""Receivers that lead elsewhere, never end, say too much or ask for what nobody grants: 33 and 34 of RELIABILITY 4."""

import gzip
import socket
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.tests.raw_receiver import Receiver
from tests.hostile.service import RECEIVERS, Service
from tests.hostile.wire import Wire
from tests.live_server import becomes_true

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n"


def never_ends(peer: socket.socket, _: bytes, stopped: threading.Event) -> None:
    peer.sendall(HEAD + b"\r\n")
    while not stopped.wait(0.5):
        peer.sendall(b".")


def says_much(peer: socket.socket, _: bytes, stopped: threading.Event) -> None:
    peer.sendall(HEAD + b"\r\n")
    while not stopped.is_set():
        peer.sendall(b"." * 65536)


def refuses(*lines: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 503 Busy", "Content-Length: 0", *lines, "", ""]).encode()


BOMB = gzip.compress(bytes(4_000_000))[:4000]
PACKED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(BOMB), BOMB)
CHEATS = {"never ends": never_ends, "says much": says_much, "is packed": PACKED}
WISHES = ["999999999", "-1", "soon", "1e9", "Mon, 01 Jan 9999 00:00:00 GMT", "9" * 400]


def tried(ada: Wire, url: str) -> str:
    """The delivery of a ping to it."""
    made = ada.call("POST", "/v1/webhooks", {"url": url})
    for _ in range(8):  # a name that flips is at times refused
        if made.status == 201:
            break
        made = ada.call("POST", "/v1/webhooks", {"url": url})
    return str(ada.call("POST", f"/v1/webhooks/{made.json()['id']}/test").json()["id"])


def attempts(ada: Wire, delivery: str) -> list[dict[str, Any]]:
    return [one for one in ada.read(f"/v1/deliveries/{delivery}")["attempts"] if one["duration_ms"] is not None]


def has_been_tried(ada: Wire, delivery: str, times: int = 1) -> bool:
    return becomes_true(lambda: len(attempts(ada, delivery)) >= times)


def has_failed(delivery: dict[str, Any]) -> bool:
    """And is not on its way at this moment."""
    return bool(delivery["attempt_count"] and delivery["next_attempt_at"])


@pytest.fixture(scope="module", autouse=True)
def worker(service: Service) -> Any:
    with service.worker():
        yield


def receiver(behave: Any) -> Receiver:
    return Receiver(behave, address=(RECEIVERS, 0))


def test_34_an_answer_ends_in_time_and_size_and_is_not_unpacked(ada: Wire) -> None:
    with receiver(CHEATS["never ends"]) as slow, receiver(CHEATS["says much"]) as long, receiver(PACKED) as packed:
        told = {name: tried(ada, one.url(RECEIVERS)) for name, one in zip(CHEATS, (slow, long, packed), strict=True)}
        assert all(has_been_tried(ada, delivery) for delivery in told.values())

    last = {name: attempts(ada, delivery)[-1] for name, delivery in told.items()}
    assert last["never ends"]["duration_ms"] < 17_000
    assert last["never ends"]["error"] == "There was no complete answer in time."
    assert (last["says much"]["status"], len(last["says much"]["answer"])) == (200, 4096)
    assert last["is packed"]["status"] == 200
    assert len(last["is packed"]["answer"].encode()) < 20_000


@pytest.mark.parametrize("wish", WISHES)
def test_34_nobody_is_waited_for_longer_than_an_hour(ada: Wire, wish: str) -> None:
    with receiver(refuses(f"Retry-After: {wish}")) as busy:
        webhook = ada.call("POST", "/v1/webhooks", {"url": busy.url(RECEIVERS)}).json()["id"]
        incident = ada.call("POST", "/v1/incidents", {"title": "t", "severity": "P3"}).json()["id"]
        mine = f"/v1/deliveries?webhook={webhook}&incident={incident}"
        assert becomes_true(lambda: [one for one in ada.read(mine)["results"] if has_failed(one)])
        (told,) = ada.read(mine)["results"]

    assert told["state"] == "PENDING"
    assert datetime.fromisoformat(told["next_attempt_at"]) < datetime.now(UTC) + timedelta(hours=1, seconds=5)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_33_a_redirect_leads_nowhere(ada: Wire, status: int) -> None:
    with Receiver() as inner:
        moved = f"HTTP/1.1 {status} Moved\r\nLocation: {inner.url()}\r\nContent-Length: 0\r\n\r\n"
        with receiver(moved.encode()) as outer:
            delivery = tried(ada, outer.url(RECEIVERS))
            assert has_been_tried(ada, delivery)

    assert attempts(ada, delivery)[-1]["status"] == status
    assert inner.requests == []


def test_33_a_name_that_leads_inwards_by_now_is_not_called(service: Service, ada: Wire) -> None:
    """Of two questions, one is answered by an address of this machine."""
    delivery = tried(ada, "http://flips.example/")
    for times in (1, 2, 3):
        assert has_been_tried(ada, delivery, times)
        ada.call("POST", f"/v1/deliveries/{delivery}/redeliver")

    assert {one["error"] for one in attempts(ada, delivery)} == {"The address is not allowed or not reachable."}
    assert ("93.184.215.14", 80) in service.connects()
    assert not [peer for peer in service.connects() if peer[0] not in (RECEIVERS, "93.184.215.14")]
