"""How the web process ends: at once while it is being born, and without its master as with it."""

import os
import signal
import time
from pathlib import Path

import pytest

from core.tests.fault_bench import children
from core.tests.front_server import Server, get
from tests.live_server import becomes_true


@pytest.mark.parametrize("moment", [0, 0.1, 0.3])
def test_a_stop_is_heard_by_workers_that_are_being_born(tmp_path: Path, moment: float) -> None:
    log = tmp_path / "log"
    server = Server(log, WEB_WORKERS=2)
    try:
        assert becomes_true(lambda: log.read_text().count("Booting worker") == 2)
        time.sleep(moment)
        server.process.send_signal(signal.SIGTERM)

        assert server.process.wait(5) == 0
    finally:
        server.__exit__()


def test_workers_whose_master_is_gone_end_and_wait_for_no_idle_connection(tmp_path: Path) -> None:
    with Server(tmp_path / "log", WEB_WORKERS=2) as server:
        server.connect().send(get("/health")).answer()
        workers = children(server.process.pid)
        server.process.send_signal(signal.SIGKILL)

        assert becomes_true(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), within=5)


def answer_to_a_late_request(log: Path) -> int | None:
    """To one that comes while the worker, which has been told to stop, does not look. None: it had hung up before."""
    with Server(log) as server:
        client = server.connect()
        client.send(get("/health")).answer()
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.15)
        workers = children(server.process.pid)
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        if client.is_closed_within(0.01):
            return None
        client.socket.settimeout(5)
        client.send(get("/health"))
        time.sleep(0.7)  # the next look at idle connections is due when it wakes
        for pid in workers:
            os.kill(pid, signal.SIGCONT)
        return client.answer()[0]


def test_a_request_that_came_before_its_idle_connection_was_closed_is_answered(tmp_path: Path) -> None:
    answers = [answer_to_a_late_request(tmp_path / f"log-{number}") for number in range(4)]

    assert set(answers) - {None} == {200}
