"""A dump that is taken under load, restored elsewhere, holds what was acknowledged before it began (K14)."""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pytest_django.plugin import DjangoDbBlocker

from core.tests.embedded_run import Run, opened
from tests.chaos import kept
from tests.chaos.bench import connected_to
from tests.chaos.journal import Journal
from tests.chaos.load import Load
from tests.chaos.web import BUDGETS

pytestmark = pytest.mark.fault
PUT_AWAY = ("-m", "core.embedded", "backup")
BRING_BACK = ("-m", "core.embedded", "restore")


@pytest.fixture
def here_and_there(tmp_path: Path) -> Iterator[tuple[Run, Run]]:
    """Two checkouts of one secret key, neither of them started."""
    folder, key = opened(tmp_path), secrets.token_urlsafe(48)
    runs = [Run(folder / name, SECRET_KEY=key, **BUDGETS) for name in ("here", "there")]
    yield runs[0], runs[1]
    for run in runs:
        if run.process is not None:
            run.end()


@contextmanager
def load(run: Run) -> Iterator[Load]:
    token = run.manage("create_token", "admin@example.com", "--scope", "admin").stdout.strip()
    clients = Load(run.data.with_name("journal"), int(run.env["PORT"]), token)
    try:
        yield clients
    finally:
        clients.end()


def timed(run: Run, *words: str) -> float:
    began = time.monotonic()
    done = run.command(*words)
    assert done.returncode == 0, done.stderr
    return time.monotonic() - began


def acknowledged_before(moment: float, journal: Journal) -> Journal:
    """With all that was sent, and the answers until then: what was on its way may be in the dump or not."""
    journal.tries = [each for each in journal.tries if each.ended < moment]
    return journal


@pytest.mark.thorough
def test_a_dump_under_load_holds_elsewhere_what_was_acknowledged_before_it_began(
    here_and_there: tuple[Run, Run],
    counts: Callable[..., int],
    publish: Callable[..., None],
    django_db_blocker: DjangoDbBlocker,
    tmp_path: Path,
) -> None:
    (here, there), dump = here_and_there, str(tmp_path / "dump")
    here.start()
    with load(here) as clients:
        time.sleep(counts(5, 20, 300))
        began = time.time()
        to_dump = timed(here, *PUT_AWAY, dump)
        time.sleep(2)
        journal = clients.stop()
    to_restore = timed(there, *BRING_BACK, dump)
    to_serve = there.start()

    url = json.loads((there.data / "state.json").read_text())["database_url"]
    sent = len(journal.acknowledged("create"))
    with django_db_blocker.unblock(), connected_to(url):
        told: dict[str, Any] = kept.judge(acknowledged_before(began, journal))
    assert 0 < told["incidents"] < sent  # those that came after it are not there
    publish(
        seconds_to_dump=round(to_dump, 1),
        seconds_to_restore=round(to_restore, 1),
        seconds_to_serve=round(to_serve, 1),
        **{name: told[name] for name in ("acknowledged", "incidents")},
    )
