"""Streams while what they stand on is killed, restarted or replaced: nothing is lost, and nothing comes twice."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from core.tests import fault_bench
from core.tests.fault_bench import Bench, Service, kill
from tests.sse import Listener

pytestmark = pytest.mark.fault


def listening(service: Service, **options: Any) -> Listener:
    headers = {"Authorization": f"Bearer {service.token}"}
    return Listener(f"http://127.0.0.1:{service.port}", headers, **options)


def is_whole(listener: Listener, opened: list[str]) -> bool:
    """Each of these incidents was told of once, and in the order of the ids."""
    told = [told.data["incident"]["id"] for told in listener.told if told.type == "CREATED"]
    return sorted(told) == sorted(opened) and listener.ids == sorted(set(listener.ids))


def open_one(service: Service) -> str:
    while (answer := service.open_incident()).status != 201:
        time.sleep(0.1)
    return str(answer.body["id"])


def test_an_event_comes_within_a_second_of_its_commit(service: Service) -> None:
    with listening(service) as listener:
        asked = []
        for _ in range(10):
            asked.append(time.monotonic())
            open_one(service)
            time.sleep(0.1)
        assert listener.hears_of(10)

    assert max(told.at - at for told, at in zip(listener.told, asked, strict=True)) < 1


def test_a_killed_web_process_loses_and_repeats_nothing(service: Service) -> None:
    with listening(service, comes_back=True) as one, listening(service, comes_back=True) as other:
        opened = [open_one(service)]
        assert one.hears_of(1)
        assert other.hears_of(1)
        for pid in service.workers():
            os.kill(pid, signal.SIGKILL)
            opened += [open_one(service) for _ in range(5)]
        opened += [open_one(service) for _ in range(5)]

        assert one.hears_of(len(opened))
        assert other.hears_of(len(opened))
        assert is_whole(one, opened)
        assert is_whole(other, opened)
        assert one.connects > 1


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_a_restart_of_postgresql_loses_and_repeats_nothing(bench: Bench, service: Service, how: str) -> None:
    with listening(service, comes_back=True) as listener:
        opened = [open_one(service) for _ in range(3)]
        assert listener.hears_of(3)
        bench.postgres.stop() if how == "stopped" else kill(bench.postgres)
        time.sleep(1)
        bench.postgres.start()
        opened += [open_one(service) for _ in range(3)]

        assert listener.hears_of(6)
        assert is_whole(listener, opened)


def test_a_client_that_takes_nothing_is_cut_off_and_holds_up_nobody(service: Service) -> None:
    with socket.socket() as slow, listening(service) as listener:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", service.port))
        slow.sendall(
            f"GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {service.token}\r\n\r\n".encode()
        )
        time.sleep(1)
        incident = open_one(service)
        for _ in range(150):
            path = f"/v1/incidents/{incident}/comments"
            assert service.call("POST", path, {"body": "\U0001f525" * 20_000}).status == 201

        assert listener.hears_of(151)
        assert service.becomes(5, lambda: "too slow" in reasons(service))


def reasons(service: Service) -> set[str]:
    return {line["reason"] for line in service.logged("stream_ended")}


def test_a_comment_comes_every_fifteen_seconds(service: Service) -> None:
    with listening(service) as listener:
        assert listener.hears(lambda each: len(each.comments) >= 2, within=20)

    assert 14 < listener.comments[1] - listener.comments[0] < 17


def test_a_dump_in_another_cluster_goes_on(bench: Bench, service: Service, tmp_path: Path) -> None:
    """Its transactions count from the beginning again: without a new epoch, what is told there would come before."""
    spend_transactions(bench)
    with listening(service) as before:
        opened = [open_one(service) for _ in range(3)]
        assert before.hears_of(3)
    unheard = open_one(service)
    tools = Path(bench.postgres.command()[0]).parent
    dump = tmp_path / "dump"
    subprocess.run([tools / "pg_dump", "-Fc", "-f", dump, bench.postgres.url], check=True)

    with fault_bench.bench() as other:
        subprocess.run(
            [tools / "pg_restore", "--clean", "--if-exists", "--no-owner", "-d", other.postgres.url, dump], check=True
        )
        other.token = bench.token
        with Service(tmp_path / "log2", other) as moved:
            headers = {"Authorization": f"Bearer {moved.token}", "Last-Event-ID": before.ids[-1]}
            with Listener(f"http://127.0.0.1:{moved.port}", headers) as after:
                new = [open_one(moved) for _ in range(3)]
                assert after.hears_of(4)

    assert is_whole(after, [unheard, *new])
    assert after.ids[1] > before.ids[-1] >= before.ids[0]
    assert after.ids[-1][:8] > before.ids[-1][:8]
    assert not set(opened) & {told.data["incident"]["id"] for told in after.told}


def spend_transactions(bench: Bench) -> None:
    """So that its next one is far beyond those of a cluster that has just been made."""
    with bench.postgres.admin("incidents") as admin:
        admin.execute(
            "CREATE PROCEDURE spend() LANGUAGE plpgsql AS $$ BEGIN FOR i IN 1..5000 LOOP "
            "PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"
        )
        admin.execute("CALL spend()")
        admin.execute("DROP PROCEDURE spend")
