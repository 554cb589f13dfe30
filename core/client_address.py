"""The address of the client, as far as it can be trusted."""

import ipaddress
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from django.conf import settings

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_current: ContextVar[str] = ContextVar("client_address", default="")


def current() -> str:
    """The address of the client that this thread works for; empty outside of a request."""
    return _current.get()


def begin(address: str) -> None:
    _current.set(address)


def parse(text: str) -> IPAddress | None:
    try:
        address = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def is_trusted(address: IPAddress) -> bool:
    return any(address in network for network in settings.TRUSTED_PROXIES)


def is_anybody_trusted() -> bool:
    return any(network.prefixlen == 0 for network in settings.TRUSTED_PROXIES)


def of(environ: Mapping[str, Any]) -> str:
    """REMOTE_ADDR, or what trusted proxies say. Walks X-Forwarded-For from the right: the left end is anybody's."""
    remote = str(environ.get("REMOTE_ADDR", ""))
    if not settings.TRUSTED_PROXIES and ":" not in remote:  # nothing to walk, and no IPv6 to write in one way
        return remote
    client = parse(remote)
    if client is None:
        return remote
    for hop in reversed(environ.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        if not is_trusted(client):
            break
        address = parse(hop)
        if address is None:
            break
        client = address
    return str(client)


def bucket(address: str) -> str:
    """What counts as one client for a limit: an IPv4 address, or the /64 of an IPv6 one."""
    parsed = parse(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed or address)


def scheme(environ: Mapping[str, Any]) -> str:
    """How the client's own leg came in: our scheme, or a trusted proxy's word for it."""
    if settings.TRUSTED_PROXIES:
        remote = parse(str(environ.get("REMOTE_ADDR", "")))
        if remote is not None and is_trusted(remote) and environ.get("HTTP_X_FORWARDED_PROTO") == "https":
            return "https"
    return str(environ.get("wsgi.url_scheme", "http"))
