"""gunicorn's workers, and gunicorn itself, are killed under load: whatever was acknowledged is there, once (K1, K2)."""

import os
import random
import signal
import time
from collections.abc import Callable

import pytest

from tests.chaos import kept, oracle
from tests.chaos.bench import Bench

pytestmark = pytest.mark.fault
Counts = Callable[[int, int], int]


def test_whatever_web_workers_are_killed_every_acknowledged_write_is_there_once(
    bench: Bench, counts: Counts, publish: Callable[..., None]
) -> None:
    kills = counts(4, 100)
    bench.webhook("ok", "only")
    with bench.workers(), bench.web() as web, bench.load(web) as load:
        time.sleep(2)
        for _ in range(kills):
            os.kill(random.choice(web.workers()), signal.SIGKILL)  # noqa: S311  no secret
            time.sleep(1.5)
        journal = load.stop()
        assert bench.becomes(bench.is_done, 60)
        cached = kept.what_is_cached_is_so(bench, web)

    figures = oracle.judge(bench, journal=journal)
    publish(kills=kills, cached=cached, **figures)
    assert not journal.unsettled()
