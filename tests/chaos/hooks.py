"""Made around the functions that production runs, in the web processes of a scenario; production has none.

A process dies or stumbles once, where the file that STUMBLE names says so, and takes the file with it. With PAUSES, it
waits now and then between what it has read in the database and what it asks of the cache.
"""

import functools
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from incidents.tests.crashes import EXIT_CODE, POINTS

STUMBLES = "it raises after the insert"
PLACES = {**POINTS, STUMBLES: ("incidents.services.comment", "after")}
READS = ("incidents.cache.current", "incidents.detail.build", "incidents.quick_detail.current")
CHANCE = 0.2
LONGEST_PAUSE = 0.02
Function = Callable[..., Any]


def hooks(get_response: Function) -> Function:
    """In the place of a middleware: what is loaded by now is what a request runs."""
    if "STUMBLE" in os.environ:
        for point, (path, when) in PLACES.items():
            wrap(path, functools.partial(stumbling, point, when))
    if "PAUSES" in os.environ:
        for path in READS:
            wrap(path, pausing)
    return get_response


def wrap(path: str, around: Callable[[Function], Function]) -> None:
    module, _, name = path.rpartition(".")
    setattr(sys.modules[module], name, around(getattr(sys.modules[module], name)))


def stumbling(point: str, when: str, function: Function) -> Function:
    @functools.wraps(function)
    def run(*args: Any, **options: Any) -> Any:
        if when == "before":
            stumble_if_told(point)
        found = function(*args, **options)
        if when == "after":
            stumble_if_told(point)
        return found

    return run


def stumble_if_told(point: str) -> None:
    order = Path(os.environ["STUMBLE"])
    if not order.exists() or order.read_text() != point:
        return
    order.unlink()
    if point == STUMBLES:
        raise RuntimeError(point)
    os._exit(EXIT_CODE)


def pausing(function: Function) -> Function:
    @functools.wraps(function)
    def run(*args: Any, **options: Any) -> Any:
        found = function(*args, **options)
        if random.random() < CHANCE:  # noqa: S311  no secret hangs on it
            time.sleep(random.uniform(0, LONGEST_PAUSE))  # noqa: S311  the same
        return found

    return run
