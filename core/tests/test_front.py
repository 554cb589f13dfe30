"""The front as clients meet it: a real gunicorn on loopback, spoken to by hand."""

import json
import runpy
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.tests.front_server import ROOT, Client, Server, get, memory_mb

LIMIT = 1024 * 1024
HEADER_SECONDS = BODY_SECONDS = KEEPALIVE_SECONDS = 1
SWEEPS = 1.5  # a connection is looked at twice a second


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("front") / "log"
    with Server(
        log, WEB_HEADER_SECONDS=HEADER_SECONDS, WEB_BODY_SECONDS=BODY_SECONDS, WEB_KEEPALIVE_SECONDS=KEEPALIVE_SECONDS
    ) as running:
        yield running
    assert "Traceback" not in log.read_text()


def drip(client: Client, seconds: float) -> bool:
    """Send a byte at a time; True when the server has had enough."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            client.send(b"x")
        except ConnectionError:
            return True
        if client.is_closed_within(0.1):
            return True
    return False


UNFINISHED = {
    "first byte": b"G",
    "header": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
    "body with a length": get("/", "Content-Length: 10000", method="POST"),
    "body in chunks": get("/", "Transfer-Encoding: chunked", method="POST") + b"2710\r\n",
}


def test_what_does_not_end_is_not_waited_for_however_it_trickles_in(server: Server) -> None:
    silent, again = server.connect(), server.connect().send(get("/"))
    assert again.answer()[0] == 200
    clients = {name: server.connect().send(begun) for name, begun in UNFINISHED.items()}
    clients["second header"] = again.send(b"GET")

    with ThreadPoolExecutor(len(clients) + 1) as pool:
        patience = HEADER_SECONDS + SWEEPS
        dripping = {name: pool.submit(drip, client, patience) for name, client in clients.items()}
        dripping["nothing"] = pool.submit(silent.is_closed_within, patience)
        closed = {name: future.result() for name, future in dripping.items()}

    assert closed == dict.fromkeys(closed, True)


def test_the_limits_are_10_seconds_for_a_header_and_30_for_a_body(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WEB_HEADER_SECONDS", "WEB_BODY_SECONDS", "WEB_CONNECTIONS"):
        monkeypatch.delenv(name, raising=False)

    configured = runpy.run_path(str(ROOT / "config" / "gunicorn.conf.py"))

    assert (configured["limits"].header, configured["limits"].body) == (10, 30)
    assert configured["worker_connections"] == 5000


def test_a_connection_is_kept_for_the_next_request_and_closed_when_none_comes(server: Server) -> None:
    client = server.connect().send(get("/"))
    client.answer()
    time.sleep(KEEPALIVE_SECONDS / 3)
    assert client.send(get("/")).answer()[0] == 200

    assert client.is_closed_within(KEEPALIVE_SECONDS + SWEEPS)


def test_a_request_may_take_longer_than_all_those_limits(server: Server) -> None:
    assert server.connect().send(get("/slow?seconds=2")).answer()[0] == 200


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (get("/", "Content-Length: 5", "Transfer-Encoding: chunked", method="POST") + b"0\r\n\r\nGET", 400),
        (get("/", "Content-Length: 1", "Content-Length: 2", method="POST") + b"xx", 400),
        (get("/", "Content-Length: +1", method="POST") + b"x", 400),
        (get("/", f"Content-Length: {'9' * 5000}", method="POST"), 400),
        (get("/", "Transfer-Encoding: xchunked", method="POST"), 501),
        (get("/").replace(b"\r\n", b"\n"), 400),
        (get("/", f"X-Long: {'x' * 9000}"), 431),
        (get("/", *(f"X-{number}: x" for number in range(200))), 431),
        (get("/" + "x" * 9000), 414),
        (get("/", "Host: evil.example"), 400),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused_once_and_closed(
    server: Server, request_bytes: bytes, status: int
) -> None:
    client = server.connect().send(request_bytes)

    assert client.answer()[0] == status
    assert client.is_closed_within(0.5)


def test_odd_methods_are_answered_once_and_harm_nothing(server: Server) -> None:
    for method in ("TRACE", "CONNECT", "PROPFIND"):
        status, _, body = server.connect().send(get("/", method=method)).answer()
        assert (status, body) == (405, b"")


def test_a_header_with_an_underscore_passes_for_no_other(server: Server) -> None:
    forged = ["X_Request_ID: forged", "X_Forwarded_For: 192.0.2.9", "X-Forwarded-Proto: https", "SCRIPT_NAME: /x"]

    meta = server.connect().send(get("/", *forged)).json()["meta"]

    assert not {"HTTP_X_REQUEST_ID", "HTTP_X_FORWARDED_FOR", "HTTP_SCRIPT_NAME"} & set(meta)
    assert (meta["wsgi.url_scheme"], meta["SCRIPT_NAME"], meta["REMOTE_ADDR"]) == ("http", "", "127.0.0.1")


def test_head_and_pipelined_requests_keep_their_framing(server: Server) -> None:
    client = server.connect().send(get("/", method="HEAD").replace(b"HEAD", b"HEAD", 1) + get("/b"))

    while b"\r\n\r\n" not in client.seen:
        client._more()
    head, _, client.seen = client.seen.partition(b"\r\n\r\n")
    assert b"Content-Length: " in head
    assert client.json()["path"] == "/b"


def test_what_a_client_sends_ahead_waits_outside_until_its_turn_comes(server: Server) -> None:
    client = server.connect(timeout=0.5).send(get("/slow?seconds=1"))

    with pytest.raises(TimeoutError):
        client.send(get("/") * 1_000_000)


@pytest.mark.parametrize("framing", ["declared", "chunked"])
def test_a_body_over_the_limit_gets_its_413_even_while_it_is_still_sent(server: Server, framing: str) -> None:
    block = b"x" * LIMIT
    client = server.connect()
    if framing == "declared":
        client.send(get("/", f"Content-Length: {40 * LIMIT}", method="POST"))
    else:
        client.send(get("/", "Transfer-Encoding: chunked", method="POST"))
        block = b"%x\r\n%b\r\n" % (LIMIT, block)
    for _ in range(40):
        client.send(block)

    status, headers, body = client.answer()
    assert (status, headers["connection"], json.loads(body)["code"]) == (413, "close", "PAYLOAD_TOO_LARGE")
    assert client.is_closed_within(0.5)


def test_a_client_that_asks_first_is_spared_a_body_that_is_too_long(server: Server) -> None:
    expecting = ("Expect: 100-continue", f"Content-Length: {LIMIT + 1}")
    assert server.connect().send(get("/", *expecting, method="POST")).answer()[0] == 413

    client = server.connect().send(get("/", "Expect: 100-continue", "Content-Length: 2", method="POST"))
    assert client.answer()[0] == 100
    assert client.send(b"ok").json()["length"] == 2


def test_a_web_socket_is_refused(server: Server) -> None:
    upgrade = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="

    assert server.connect().send(get("/", *upgrade, key)).answer()[0] == 403


def test_both_ports_are_served(server: Server) -> None:
    assert server.connect(port=server.second_port).send(get("/health")).answer()[0] == 200


def test_with_every_thread_stuck_health_answers_and_others_get_503(server: Server) -> None:
    stuck = [server.connect().send(get("/slow?seconds=2")) for _ in range(4)]
    time.sleep(0.1)
    waiting = server.connect().send(get("/", "X-Request-ID: abc-1"))

    started = time.monotonic()
    assert server.connect().send(get("/health")).answer()[0] == 200
    assert time.monotonic() - started < 0.5

    status, headers, body = waiting.answer()
    assert time.monotonic() - started > 0.9
    assert (status, headers["retry-after"], headers["x-request-id"]) == (503, "1", "abc-1")
    assert json.loads(body)["code"] == "SERVICE_UNAVAILABLE"
    assert [client.answer()[0] for client in stuck] == [200] * 4


def test_a_long_stream_takes_no_memory_and_a_client_that_leaves_frees_its_thread(server: Server) -> None:
    worker = server.worker()
    before = memory_mb(worker)
    readers = [server.connect().send(get("/stream?chunks=100000")) for _ in range(4)]  # 6.5 GB each, if it came to that
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda reader: [reader.socket.recv(65536) for _ in range(300)], readers))

    assert memory_mb(worker) - before < 20
    for reader in readers:
        reader.close()
    assert server.connect().send(get("/")).answer()[0] == 200


def test_no_more_connections_than_allowed_are_held(tmp_path: Path) -> None:
    with Server(tmp_path / "log", WEB_CONNECTIONS=20) as small:
        small.clients.close()
        kept = [small.connect().send(get("/health")) for _ in range(15)]
        assert [client.answer()[0] for client in kept] == [200] * 15

        extra = [small.connect() for _ in range(15)]
        with ThreadPoolExecutor(15) as pool:
            closed = list(pool.map(lambda client: client.is_closed_within(0.5), extra))
        assert closed.count(True) >= 10

        small.clients.close()
        time.sleep(0.2)
        assert small.connect().send(get("/health")).answer()[0] == 200


def test_hundreds_of_slow_clients_hold_neither_a_thread_nor_anybody_up(tmp_path: Path) -> None:
    halves = [b"GET / HTTP/1.1\r\nX-Slow: ", get("/", "Content-Length: 10000", method="POST")]
    with Server(tmp_path / "log") as slowed:
        dripping = [slowed.connect().send(halves[number % 2]) for number in range(500)]
        took = []
        for number in range(100):
            for client in dripping[number * 5 : number * 5 + 5]:
                client.send(b"x")
            started = time.monotonic()
            assert slowed.connect().send(get("/")).answer()[0] == 200
            took.append(time.monotonic() - started)

        assert sorted(took)[98] < 1


def test_a_stop_lets_requests_finish_and_waits_for_no_idle_connection(tmp_path: Path) -> None:
    with Server(tmp_path / "log") as stopping:
        stopping.connect().send(get("/health")).answer()
        running = stopping.connect().send(get("/slow?seconds=1"))
        time.sleep(0.1)
        stopping.process.send_signal(signal.SIGTERM)

        assert running.answer()[0] == 200
        assert stopping.process.wait(4) == 0
