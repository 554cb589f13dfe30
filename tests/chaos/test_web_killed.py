"""gunicorn's workers, gunicorn itself, and everything at once are killed under load (K1, K2, K9)."""

import os
import random
import signal
import socket
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from core.tests import fault_bench
from tests.chaos import oracle
from tests.chaos.bench import Bench, Workers
from tests.chaos.journal import Journal
from tests.chaos.web import WORKERS, Web, kill_all

pytestmark = pytest.mark.fault
FAST = 15  # a lease of a minute ends after four seconds
Counts = Callable[..., int]


def everybody_got_what_they_wanted(journal: Journal) -> None:
    assert not journal.given_up
    assert not journal.unsettled()


def statuses(journal: Journal) -> set[int]:
    return {each.status for each in journal.tries}


def test_whatever_web_workers_are_killed_every_acknowledged_write_is_there_once(
    bench: Bench, counts: Counts, publish: Callable[..., None]
) -> None:
    kills = counts(4, 100)
    bench.webhook("ok", "only")
    with bench.workers(), bench.web() as web, bench.load(web) as load:
        for killed in range(kills):
            assert bench.becomes(lambda killed=killed: web.has_served(WORKERS + killed), 60)
            time.sleep(counts(1, 1, 3) * random.uniform(0.5, 1))  # noqa: S311  no secret hangs on it
            os.kill(random.choice(web.workers()), signal.SIGKILL)  # noqa: S311  no secret hangs on it
        journal = oracle.settled(bench, web, load, at_least=counts(0, 60, 300))

    figures = oracle.judge(bench, journal=journal)
    publish(kills=kills, **figures)
    everybody_got_what_they_wanted(journal)
    assert statuses(journal) <= {0, 200, 201, 204, 404}  # a deletion whose answer was lost finds nothing any more
    assert figures["duplicates"] == 0


def is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
        except OSError:
            return False
        return True


def seconds_until(question: Callable[[], bool], bench: Bench) -> float:
    began = time.monotonic()
    assert bench.becomes(question, 30)
    return time.monotonic() - began


def test_gunicorn_that_is_killed_leaves_its_port_free_and_nobody_behind(
    bench: Bench, counts: Counts, publish: Callable[..., None]
) -> None:
    kills, free_after, ended_after, back_after = counts(2, 20), [], [], []
    bench.webhook("ok", "only")
    with bench.workers(), bench.web() as web, bench.load(web) as load:
        for _ in range(kills):
            assert bench.becomes(lambda: web.has_served(WORKERS), 60)
            time.sleep(counts(1, 1, 10))
            orphans = web.workers()
            web.kill()
            free_after.append(seconds_until(lambda: is_free(web.port), bench))
            web.start()
            ended_after.append(free_after[-1] + seconds_until(partial(has_ended, orphans), bench))
            back_after.append(seconds_until(web.answers, bench))
        journal = oracle.settled(bench, web, load, at_least=counts(0, 60, 300))

    figures = oracle.judge(bench, journal=journal)
    publish(kills=kills, free=max(free_after), orphans=max(ended_after), back=max(back_after), **figures)
    everybody_got_what_they_wanted(journal)
    assert statuses(journal) <= {0, 200, 201, 204, 404}
    assert figures["duplicates"] == 0
    assert max(free_after) <= 5
    assert max(ended_after) <= 20


def has_ended(pids: list[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_everything_that_is_killed_at_once_comes_back_in_whatever_order_it_is_started(
    bench: Bench, counts: Counts, publish: Callable[..., None]
) -> None:
    kills, back_after = counts(1, 5), []
    bench.webhook("ok", "only")
    bench.clock(speed=FAST)
    with bench.workers() as workers, bench.web() as web, bench.load(web) as load:
        for _ in range(kills):
            time.sleep(counts(3, 5, 30))
            kill_everything(bench, web, workers)
            began = time.monotonic()
            start_everything(bench, web, workers)
            assert web.answers("/ready", 60)
            back_after.append(time.monotonic() - began)
        journal = oracle.settled(bench, web, load, at_least=counts(0, 60, 300))

    figures = oracle.judge(bench, journal=journal, expected=oracle.LOST)
    publish(kills=kills, back=max(back_after), **figures)
    everybody_got_what_they_wanted(journal)


def kill_everything(bench: Bench, web: Web, workers: Workers) -> None:
    kill_all(web.tree())
    workers.kill_all()
    fault_bench.kill(bench.postgres)
    fault_bench.kill(bench.valkey)
    web.process.wait(5)


def start_everything(bench: Bench, web: Web, workers: Workers) -> None:
    steps = [bench.start_postgres, bench.valkey.start, web.start, workers.let_start]
    random.shuffle(steps)
    for start in steps:
        start()
        time.sleep(random.uniform(0, 2))  # noqa: S311  no secret hangs on it
