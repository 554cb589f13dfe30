"""Of the processes that hostile input is sent to: the service's own, with an ear for each connection that they try."""

import itertools
import socket
import sys
from typing import Any

from config import env
from config.settings import *  # noqa: F403  all of them

CONNECTS = env.text("CONNECTS")
PUBLIC = "93.184.215.14"
# What names lead to. A cycle: another answer at each question of a process.
NAMES: dict[str, Any] = {
    "public.example": itertools.repeat([PUBLIC]),
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
        if host not in NAMES:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 0)) for each in next(NAMES[host])]
    return resolve(host, *args, **more)


sys.addaudithook(note)
socket.getaddrinfo = answer
