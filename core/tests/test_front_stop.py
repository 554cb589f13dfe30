"""How the web process ends: at once while it is being born, and without its master as with it."""

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
