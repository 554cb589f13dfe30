"""`python -m incidents.tests.crashes TOKEN INCIDENT`: one request with a key for each point, whose process dies there.

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
COMMENT = {"body": "Struck by lightning"}
# The point -> the function, and whether the process dies before or after it. A create is one statement, its key and
# the stored answer among what that writes; of every other request the key is taken first, and the answer stored last.
OF_A_CREATE = {
    "before the statement": ("incidents.services.open_and_show", "before"),
    "after the statement": ("incidents.services.open_and_show", "after"),
    "before the create is answered": ("core.idempotency.run_claiming", "after"),
}
OF_A_COMMENT = {
    "before the claim": ("core.idempotency.run_once", "before"),
    "after the claim": ("core.idempotency.take", "after"),
    "before the insert": ("incidents.services.comment", "before"),
    "after the insert": ("incidents.services.comment", "after"),
    "after the answer is stored, before the commit": ("core.idempotency.run_and_store", "after"),
    "after the commit, before the answer": ("core.idempotency.run_once", "after"),
}
POINTS = OF_A_CREATE | OF_A_COMMENT
COMMITTED = {"after the statement", "before the create is answered", "after the commit, before the answer"}


def key_at(point: str) -> str:
    return f"crash-{list(POINTS).index(point)}"


def dying(function: Callable[..., Any], when: str) -> Callable[..., Any]:
    @functools.wraps(function)
    def die(*args: Any, **options: Any) -> Any:
        if when == "after":
            function(*args, **options)
        os._exit(EXIT_CODE)

    return die


def request_at(point: str, incident: str) -> tuple[str, dict[str, str]]:
    """The path and the body of a request that comes by this point."""
    return ("/v1/incidents", BODY) if point in OF_A_CREATE else (f"/v1/incidents/{incident}/comments", COMMENT)


def send(point: str, token: str, incident: str) -> Any:
    (path, body), key = request_at(point, incident), key_at(point)
    return Client(SERVER_NAME="127.0.0.1").post(
        path,
        body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key, "X-Request-ID": key},
    )


def crash(point: str, token: str, incident: str) -> None:
    path, when = POINTS[point]
    module, _, name = path.rpartition(".")
    setattr(sys.modules[module], name, dying(getattr(sys.modules[module], name), when))
    send(point, token, incident)


def main(token: str, incident: str) -> None:
    django.setup()
    import_module(settings.ROOT_URLCONF)  # and with it all that a request runs
    for point in POINTS:
        if not (child := os.fork()):
            crash(point, token, incident)
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write(f"{point}: {status}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
