"""What a start cannot work with is told in one sentence with the way out, and leaves nothing behind."""

import os
import socket
from contextlib import closing
from pathlib import Path

import pytest

from core.embedded import backup, binaries, place, state
from core.embedded.engines import PostgreSQL
from core.embedded.processes import Trouble, account_for
from core.tests.embedded_run import Run, opened
from tests.live_server import engines


def test_a_taken_port_is_told_in_a_sentence_with_the_way_out(tmp_path):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        run = Run(tmp_path / "data", PORT=str(taken.getsockname()[1]))
        with pytest.raises(AssertionError, match="make run PORT="):
            run.start()

    assert run.process.returncode == 1
    assert "Traceback" not in run.said()


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"PORT": "http"}, "PORT='http' is not valid"),
        ({"DATA_DIR": "/proc/none"}, "DATA_DIR="),
    ],
)
def test_what_cannot_work_is_told_in_a_sentence(tmp_path, variables, sentence):
    run = Run(opened(tmp_path) / "data", **variables)
    with pytest.raises(AssertionError, match=sentence):
        run.start()

    assert run.process.returncode == 1
    assert "Traceback" not in run.said()
    assert run.left() == []


@pytest.mark.django_db(transaction=True)
def test_a_password_that_is_too_weak_is_told_in_a_sentence(tmp_path):
    database = engines()["DATABASE_URL"]  # migrated already
    run = Run(opened(tmp_path) / "data", ADMIN_PASSWORD="short", DATABASE_URL=database)
    with pytest.raises(AssertionError, match="password"):
        run.start()

    assert run.process.returncode == 1
    assert "Traceback" not in run.said()
    assert run.left() == []


@pytest.fixture
def no_wheels(monkeypatch):
    monkeypatch.setattr(binaries, "package", lambda _name: None)


def test_without_a_wheel_the_systems_programs_are_taken(no_wheels, monkeypatch, tmp_path):
    for version in ("9", "15", "16"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "postgres").touch()
    monkeypatch.setattr(binaries, "SYSTEM_POSTGRES", tmp_path)

    assert binaries.postgres(account_for(tmp_path), tmp_path) == tmp_path / "16" / "bin"


def test_without_any_programs_the_variable_to_set_is_named(no_wheels, monkeypatch, tmp_path):
    monkeypatch.setattr(binaries, "SYSTEM_POSTGRES", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Trouble, match="DATABASE_URL"):
        binaries.postgres(account_for(tmp_path), tmp_path)
    with pytest.raises(Trouble, match="REDIS_URL"):
        binaries.valkey(account_for(tmp_path), tmp_path)


def test_data_of_another_major_version_is_left_alone(tmp_path):
    data = tmp_path / "postgres"
    data.mkdir()
    (data / "PG_VERSION").write_text("17\n")

    with pytest.raises(Trouble, match="PostgreSQL 17, and this is 18"):
        PostgreSQL(data, account_for(data)).start()
    assert list(data.iterdir()) == [data / "PG_VERSION"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes to another account")
def test_root_keeps_data_where_the_account_of_the_engines_can_go(tmp_path, monkeypatch):
    monkeypatch.setattr(place, "ELSEWHERE", opened(tmp_path) / "elsewhere")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "data").mkdir(mode=0o711)

    postgres, _ = place.engines_below(closed / "data")
    try:
        postgres.start()
        assert postgres.folder.is_relative_to(tmp_path / "elsewhere")
        assert postgres.process.pid in postgres.pids()
        assert Path(f"/proc/{postgres.process.pid}").stat().st_uid != 0
    finally:
        postgres.stop()
    assert closed.stat().st_mode & 0o777 == 0o700
    closed.chmod(0o711)
    assert place.reachable_home(closed / "data") == postgres.folder.parent  # where the data is, also from now on


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes to another account")
def test_data_that_its_owner_cannot_reach_is_not_begun_anew_elsewhere(tmp_path):
    data = opened(tmp_path) / "data"
    (data / "postgres").mkdir(parents=True)
    os.chown(data / "postgres", 65534, 65534)
    data.chmod(0o700)

    with pytest.raises(Trouble, match="cannot enter"):
        place.reachable_home(data)


def test_backup_and_restore_read_the_env_file_as_make_run_does(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("DATABASE_URL=postgresql://elsewhere/incidents\n")
    dump = tmp_path / "incidents.dump"
    dump.touch()
    monkeypatch.setattr(state, "ROOT", tmp_path)
    monkeypatch.setenv("DATABASE_URL", "")  # put back at the end
    monkeypatch.delenv("DATABASE_URL")

    with pytest.raises(Trouble, match="DATABASE_URL is set"):
        backup.backup(str(dump))
    monkeypatch.delenv("DATABASE_URL")
    with pytest.raises(Trouble, match="DATABASE_URL is set"):
        backup.restore(str(dump))
