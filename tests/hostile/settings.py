"""Of the processes that hostile input is sent to: the service's own, with an ear for each connection that they try."""

import itertools
import socket
import sys
from typing import Any

from config import env
from config.settings import *  # noqa: F403  all of them

CONNECTS = env.text("CONNECTS")
PUBLIC = "93.184.215.14"
# What names lead to that are not public. A cycle: another answer at each question of a process.
NAMES: dict[str, Any] = {
    "nobody.example": itertools.repeat([]),
    "127.0.0.1.nip.example": itertools.repeat(["127.0.0.1"]),
    "six.example": itertools.repeat(["fd00::1"]),
    "mapped.example": itertools.repeat(["::ffff:10.0.0.1"]),
    "mixed.example": itertools.repeat([PUBLIC, "127.0.0.1"]),
    "flips.example": itertools.cycle([[PUBLIC], ["127.0.0.1"]]),
    "inner.example": itertools.repeat(["169.254.169.254"]),
}
resolve = socket.getaddrinfo


def note(event: str, args: tuple[Any, ...]) -> None:
    """Nothing leaves this machine, whatever the code under test does."""
    if event == "socket.connect" and isinstance(args[1], tuple):
        host, port = args[1][:2]
        with open(CONNECTS, "a") as file:
            file.write(f"{host} {port}\n")
        if not host.startswith("127.") and host != "::1":
            raise ConnectionRefusedError


def answer(host: Any, *args: Any, **more: Any) -> Any:
    if str(host).endswith(".example"):
        found = next(NAMES[host]) if host in NAMES else [PUBLIC]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET6 if ":" in each else socket.AF_INET, 1, 6, "", (each, 0)) for each in found]
    return resolve(host, *args, **more)


sys.addaudithook(note)
socket.getaddrinfo = answer
