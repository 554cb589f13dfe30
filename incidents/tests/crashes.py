"""`python -m incidents.tests.crashes TOKEN`: one idempotent create for each point, whose process dies there.

Prints how each process ended. The hook is made here, around the functions that production runs; production has none.
"""

import functools
import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import django
from django.conf import settings
from django.test import Client

EXIT_CODE = 9
BODY = {"title": "Struck by lightning", "severity": "P1"}
# The point -> the function, and whether the process dies before or after it.
POINTS = {
    "before the claim": ("core.idempotency.run_once", "before"),
    "after the claim": ("core.idempotency.claim", "after"),
    "before the insert": ("incidents.services.open_incident", "before"),
    "after the insert": ("incidents.services.open_incident", "after"),
    "after the answer is stored, before the commit": ("core.idempotency.run_and_store", "after"),
    "after the commit, before the answer": ("core.idempotency.run_once", "after"),
}


def key_at(point: str) -> str:
    return f"crash-{list(POINTS).index(point)}"


def dying(function: Callable[..., Any], when: str) -> Callable[..., Any]:
    @functools.wraps(function)
    def die(*args: Any, **options: Any) -> Any:
        if when == "after":
            function(*args, **options)
        os._exit(EXIT_CODE)

    return die


def create(token: str, key: str) -> Any:
    return Client(SERVER_NAME="127.0.0.1").post(
        "/v1/incidents",
        BODY,
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key, "X-Request-ID": key},
    )


def crash(point: str, token: str) -> None:
    path, when = POINTS[point]
    module, _, name = path.rpartition(".")
    setattr(sys.modules[module], name, dying(getattr(sys.modules[module], name), when))
    create(token, key_at(point))


def main(token: str) -> None:
    django.setup()
    import_module(settings.ROOT_URLCONF)  # and with it all that a request runs
    for point in POINTS:
        if not (child := os.fork()):
            crash(point, token)
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write(f"{point}: {status}\n")


if __name__ == "__main__":
    main(sys.argv[1])
