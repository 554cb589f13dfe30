"""The supervisor, from the first start to every end it can meet."""

import json
import os
import signal
from collections.abc import Iterator

import pytest

from core.tests.embedded_run import Run, opened
from tests.live_server import becomes_true

pytestmark = pytest.mark.fault


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("embedded")
    run = Run(opened(folder) / "data", ADMIN_EMAIL="grace@example.com")
    run.start()
    run.first_words = run.said()
    yield run
    assert run.end() < 10
    assert run.left() == []


def state(run: Run) -> dict:
    return json.loads((run.data / "state.json").read_text())


def test_the_first_start_says_where_and_how_and_shows_the_password_once(running):
    said = running.first_words

    assert running.url in said
    assert "grace@example.com, password" in said
    assert "create_token grace@example.com --scope admin" in said
    assert "Ctrl-C" in said


def test_secrets_are_readable_by_us_alone(running):
    files = [path for path in running.data.rglob("*") if path.is_file() and path.parent == running.data]

    modes = {path.name: path.stat().st_mode & 0o077 for path in files if not path.name.endswith((".log", "lock"))}
    assert {"state.json", "secret_key", "postgres.password", "valkey.password"} <= set(modes)
    assert set(modes.values()) == {0}


def test_another_terminal_finds_the_engines_and_prints_a_token_alone(running):
    made = running.manage("create_token", "grace@example.com", "--scope", "admin")

    assert running.status_of("/v1/users/me", Authorization=f"Bearer {made.stdout.strip()}") == 200


def test_a_second_supervisor_is_refused_and_says_where_the_first_is(running):
    second = running.command("-m", "core.embedded", "run")

    assert second.returncode == 1
    assert "runs already from this folder" in second.stderr
    assert running.url in second.stderr


@pytest.mark.parametrize("name", ["PostgreSQL", "Valkey", "The web server", "The worker"])
def test_what_is_killed_is_started_again(running, name):
    before = state(running)["pids"][name]
    os.kill(before, signal.SIGKILL)

    assert becomes_true(lambda: state(running)["pids"][name] != before, 15)
    assert running.becomes("/ready", 200, 10)


def test_backup_and_restore_bring_back_what_was_there(running, tmp_path):
    file = tmp_path / "saved"
    running.manage("create_token", "grace@example.com", "--name", "before the backup")
    saved = running.command("-m", "core.embedded", "backup", str(file))
    assert (saved.returncode, file.stat().st_mode & 0o077) == (0, 0)
    running.manage("create_token", "grace@example.com", "--name", "after the backup")

    restored = running.command("-m", "core.embedded", "restore", str(file))

    assert restored.returncode == 0, restored.stderr
    names = running.manage(
        "shell",
        "-v0",
        "-c",
        "from users.models import ApiToken; print(*ApiToken.objects.values_list('name', flat=True))",
    ).stdout
    assert [when in names for when in ("before the backup", "after the backup")] == [True, False]
    assert running.becomes("/ready", 200, 10)


def test_a_dump_that_is_none_changes_nothing(running, tmp_path):
    (tmp_path / "rubbish").write_bytes(b"not a dump")

    refused = running.command("-m", "core.embedded", "restore", str(tmp_path / "rubbish"))

    assert refused.returncode == 1
    assert "nothing was changed" in refused.stderr
    assert running.manage("create_token", "grace@example.com").returncode == 0


def test_a_backup_that_fails_leaves_nothing_behind(running, tmp_path):
    (tmp_path / "folder").mkdir()

    refused = running.command("-m", "core.embedded", "backup", str(tmp_path / "folder"))

    assert refused.returncode == 1
    assert "cannot be written" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert list(tmp_path.iterdir()) == [tmp_path / "folder"]


def test_it_stops_within_ten_seconds_starts_in_five_and_has_kept_its_data(running):
    token = running.manage("create_token", "grace@example.com").stdout.strip()
    assert running.end(signal.SIGINT) < 10
    assert running.process.returncode == 0
    assert running.left() == []

    assert running.start() < 5
    assert "password" not in running.said()
    assert running.status_of("/v1/users/me", Authorization=f"Bearer {token}") == 200


def test_killed_without_a_word_it_leaves_no_process_and_starts_again(running):
    running.end(signal.SIGKILL)

    assert becomes_true(lambda: running.left() == [], 10)
    assert running.manage("migrate", "--check").returncode == 1  # the state file it left behind deceives nobody
    running.start()
