"""Requests to receivers on loopback that behave badly: each ends in time, and nobody is led elsewhere."""

import gzip
import ipaddress
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from core import outbound
from core.tests.network_edge import Names, connects
from core.tests.raw_receiver import OK, Receiver

pytestmark = pytest.mark.usefixtures("on_loopback")


def post(url: str, *, deadline: float = 5, **more: Any) -> outbound.Answer:
    return outbound.request("POST", url, headers={"X-Test": "1"}, content=b'{"a": 1}', deadline=deadline, **more)


def failure(behave: Any, deadline: float = 5) -> outbound.Failed:
    with Receiver(behave) as receiver, pytest.raises(outbound.Failed) as caught:
        post(receiver.url(), deadline=deadline)
    return caught.value


def test_a_request_says_what_it_was_given_and_an_answer_what_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "KEPT_BYTES", 4)
    with Receiver(
        b"HTTP/1.1 202 Accepted\r\nRetry-After: 5\r\nX-A: b\r\nx-a: c\r\nContent-Length: 5\r\n\r\nhello"
    ) as receiver:
        answer = outbound.request("PUT", receiver.url(path="?a=b"), headers={"webhook-id": "evt_1"}, content=b"body")

    head, _, body = receiver.requests[0].partition(b"\r\n\r\n")
    assert (answer.status, answer.body, dict(answer.headers)) == (
        202,
        b"hell",
        {"retry-after": "5", "x-a": "b, c", "content-length": "5"},
    )
    assert 0 < answer.seconds < 5
    assert body == b"body"
    assert head.decode().split("\r\n") == [
        "PUT /?a=b HTTP/1.1",
        f"Host: 127.0.0.1:{receiver.port}",
        "Connection: close",
        "Accept-Encoding: identity",
        "webhook-id: evt_1",
        "Content-Length: 4",
    ]


def test_a_name_is_asked_for_once_and_the_connection_goes_to_that_answer(names: Names) -> None:
    names.answers["rebind.example"] = iter([["127.0.0.1"], ["127.0.0.2"]]).__next__
    with Receiver() as receiver, Receiver(address=("127.0.0.2", receiver.port)) as other, connects() as tried:
        post(receiver.url("rebind.example"))
        with pytest.raises(outbound.Refused):
            post(receiver.url("rebind.example"))

    assert tried == [("127.0.0.1", receiver.port)]
    assert f"Host: rebind.example:{receiver.port}".encode() in receiver.requests[0]
    assert names.asked == ["rebind.example", "rebind.example"]
    assert other.requests == []


def test_an_address_that_was_allowed_when_it_was_saved_is_checked_again(names: Names) -> None:
    names.answers["flip.example"] = iter([["93.184.215.14"], ["169.254.169.254"]]).__next__
    outbound.check_url("https://flip.example/")

    with connects() as tried, pytest.raises(outbound.Refused):
        post("https://flip.example/")
    assert tried == []


def test_a_peer_that_is_not_the_one_that_was_checked_hears_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "getpeername", lambda _: ("10.0.0.1", 80))
    with Receiver() as receiver, pytest.raises(outbound.Refused):
        post(receiver.url())

    assert receiver.requests == []


def test_the_second_address_is_tried_when_the_first_is_closed(names: Names, settings: Any) -> None:
    settings.WEBHOOK_ALLOW_CIDRS = [ipaddress.ip_network("127.0.0.0/8")]
    names.answers["two.example"] = ["127.0.0.3", "127.0.0.1"]
    with Receiver() as receiver:
        assert post(receiver.url("two.example")).status == 200


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(status: int) -> None:
    with Receiver() as inner:
        location = f"HTTP/1.1 {status} Moved\r\nLocation: {inner.url()}\r\nContent-Length: 0\r\n\r\n"
        with Receiver(location.encode()) as receiver, connects() as tried:
            assert post(receiver.url()).status == status

    assert tried == [("127.0.0.1", receiver.port)]
    assert inner.requests == []


def drip(before: bytes) -> Any:
    def behave(peer: socket.socket, _: bytes, stopped: threading.Event) -> None:
        peer.sendall(before)
        while not stopped.wait(0.02):
            peer.sendall(b"a")

    return behave


def hang(peer: socket.socket, _: bytes, stopped: threading.Event) -> None:
    stopped.wait(10)


@pytest.mark.parametrize(
    "behave",
    [
        hang,
        drip(b""),
        drip(b"HTTP/1.1 200 OK\r\nX-Drip: "),
        drip(b"HTTP/1.1 200 OK\r\n\r\n"),
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"),
    ],
    ids=["hangs", "drips", "drips in a header", "drips without end", "drips its body"],
)
def test_a_slow_receiver_is_left_in_time(behave: Any) -> None:
    failed = failure(behave, deadline=0.3)

    assert str(failed) == outbound.TIMED_OUT
    assert 0.25 < failed.seconds < 2


def test_the_first_byte_has_a_limit_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "FIRST_BYTE_SECONDS", 0.1)

    assert failure(hang).seconds < 2


def send_much(url: str) -> outbound.Answer:
    return outbound.request("POST", url, headers={}, content=bytes(20_000_000), deadline=0.5)


def test_a_receiver_that_reads_nothing_is_left_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(outbound.Failed) as caught:
        send_much(f"http://127.0.0.1:{silent.getsockname()[1]}/")

    assert str(caught.value) == outbound.TIMED_OUT
    assert caught.value.seconds < 2


def test_a_receiver_that_refuses_without_reading_is_heard() -> None:
    too_large = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n"
    with Receiver(too_large, read=lambda peer: peer.recv(1000)) as receiver:
        assert send_much(receiver.url()).status == 413


@pytest.mark.parametrize(
    "behave",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"220 smtp.example ESMTP\r\n",
        b"\x16\x03\x01\x00\x05" + bytes(100),
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 50_000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 5_000,
    ],
    ids=lambda sent: repr(sent[:50]),
)
def test_what_is_cut_short_or_no_http_is_a_failure(behave: bytes) -> None:
    assert str(failure(behave)) in (outbound.NOT_HTTP, outbound.CLOSED)


def test_an_endless_answer_is_read_up_to_its_limit() -> None:
    sent: list[int] = []

    def behave(peer: socket.socket, _: bytes, stopped: threading.Event) -> None:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while not stopped.is_set():
            sent.append(peer.send(b"a" * 65536))

    with Receiver(behave) as receiver:
        answer = post(receiver.url())

    assert (answer.status, answer.body) == (200, b"a" * 4096)
    assert sum(sent) < 10_000_000  # what lies in the buffers of the system, and no more


def test_nothing_is_unpacked() -> None:
    bomb = gzip.compress(bytes(10_000_000))[:4000]
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
    with Receiver(head.encode() + bomb) as receiver:
        assert post(receiver.url()).body == bomb


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        (b"HTTP/1.0 200 OK\r\n\r\nold", b"old"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nch\r\n4\r\nunks\r\n0\r\nX: y\r\n\r\n", b"chunks"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"ok"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 200\r\nSet-Cookie: a=b\r\nX: \xe4\r\nContent-Length: 2\r\n\r\nok and more", b"ok"),
    ],
)
def test_answers_that_are_odd_but_right_are_read(sent: bytes, body: bytes) -> None:
    with Receiver(sent) as receiver:
        answers = [post(receiver.url()) for _ in range(2)]

    assert [answer.body for answer in answers] == [body, body]
    assert b"a=b" not in receiver.requests[1]


def test_closed_ports_and_forbidden_addresses_read_the_same() -> None:
    with socket.create_server(("127.0.0.1", 0)) as was_open:
        port = was_open.getsockname()[1]
    with pytest.raises(outbound.Failed) as caught:
        post(f"http://127.0.0.1:{port}/")

    assert str(caught.value) == str(outbound.Refused())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            (name, "x")
            for name in ("Host", "content-length", "Transfer-Encoding", "Connection", "Expect", "Proxy-Auth")
        ),
        *((name, "x") for name in ("", "a b", "a:", "a\r\nb", "ä")),
        *(("X-A", value) for value in ("a\r\nHost: b", "a\n", "a\x00", "ä", " a")),
    ],
)
def test_headers_that_are_not_the_callers_are_refused(name: str, value: str) -> None:
    with connects() as tried, pytest.raises(ValueError, match="header"):
        outbound.request("POST", "http://127.0.0.1:9/", headers={name: value}, content=b"")
    assert tried == []


@pytest.mark.django_db(transaction=True)
def test_no_request_is_made_while_a_transaction_is_open() -> None:
    with Receiver() as receiver:
        with transaction.atomic(), pytest.raises(RuntimeError):
            post(receiver.url())

        assert not connection.in_atomic_block
        assert post(receiver.url()).status == 200


@pytest.mark.django_db
def test_the_transaction_of_a_test_does_not_count() -> None:
    with Receiver() as receiver:
        assert post(receiver.url()).status == 200


def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with Receiver() as receiver:
        assert post(receiver.url()).status == 200


def test_threads_do_not_meet() -> None:
    def echo(peer: socket.socket, request: bytes, _: threading.Event) -> None:
        peer.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + request.split()[1])

    with Receiver(echo) as receiver, ThreadPoolExecutor(8) as threads:
        bodies = list(threads.map(lambda number: post(receiver.url(path=f"/{number}")).body, range(50)))

    assert bodies == [f"/{number}".encode() for number in range(50)]
