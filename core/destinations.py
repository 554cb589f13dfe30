"""Where a request of ours may go: an address is read once, resolved once, and every answer must be allowed."""

import errno
import ipaddress
import queue
import re
import socket
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass

import idna
from django.conf import settings

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

LONGEST_URL = 2048
LONGEST_HOST = 253
PORTS = frozenset({80, 443, 8080, 8443})
DNS_SECONDS = 2.0
MOST_ANSWERS = 32

# One grammar for all of it, so that nobody else can read it otherwise: no user, no fragment, no backslash, no blank, no
# zone, no percent sign in the host, nothing but ASCII behind it.
URL = re.compile(
    r"(?P<scheme>https?)://(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[^\x00-\x20\x7f/?#@:\\\[\]%]+))"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?(?P<target>(?:[/?][!-\"$-\[\]-~]*)?)",
    re.IGNORECASE | re.ASCII,
)
LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
NAME = re.compile(rf"{LABEL}(?:\.{LABEL})*")
# What getaddrinfo takes for an IPv4 address ends so: 2130706433, 127.1, 0x7f.1, 0177.0.0.1.
NUMERIC = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")


def networks(text: str) -> tuple[IPNetwork, ...]:
    return tuple(map(ipaddress.ip_network, text.split()))


# https://www.iana.org/assignments/iana-ipv4-special-registry, multicast, and what the registry takes for public though
# nobody has a receiver there. `is_global` and `is_private` of ipaddress both let some of these through.
NOT_PUBLIC_V4 = networks(
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 "
    "192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 "
    "203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
)
PUBLIC_V6 = ipaddress.ip_network("2000::/3")
# Teredo and 6to4 are among them, other forms that carry an IPv4 address lie outside of 2000::/3: none is looked into.
NOT_PUBLIC_V6 = networks("2001::/23 2001:db8::/32 2002::/16 3fff::/20 2620:4f:8000::/48")
NOBODYS = ipaddress.ip_address("192.0.2.1")

# A lookup cannot be interrupted; those that nobody waits for any more end by themselves, and are not more than this.
lookups = threading.BoundedSemaphore(64)


class Refused(Exception):
    """Nothing was connected. It says the same for every reason: who may name addresses shall not learn our network."""

    def __init__(self) -> None:
        super().__init__("The address is not allowed or not reachable.")


@dataclass(frozen=True)
class Destination:
    scheme: str
    name: str  # in ASCII, an IPv6 address without its brackets
    port: int
    target: str
    literal: IPAddress | None

    @property
    def host(self) -> str:
        """As the Host header has it."""
        name = f"[{self.name}]" if ":" in self.name else self.name
        return name if self.port == port_of(self.scheme) else f"{name}:{self.port}"


def port_of(scheme: str) -> int:
    return 443 if scheme == "https" else 80


def read(url: str) -> Destination:
    match = URL.fullmatch(url) if len(url) <= LONGEST_URL else None
    if match is None:
        raise Refused
    scheme = match["scheme"].lower()
    port = int(match["port"] or port_of(scheme))
    if port > 65535 or (scheme == "http" and not settings.WEBHOOK_ALLOW_HTTP):
        raise Refused
    target = match["target"] if match["target"].startswith("/") else f"/{match['target']}"
    try:
        literal, name = read_v6(match["v6"]) if match["v6"] else read_name(match["name"])
    except ValueError:
        raise Refused from None
    return Destination(scheme, name, port, target, literal)


def read_v6(text: str) -> tuple[IPAddress, str]:
    address = ipaddress.IPv6Address(text)
    return address, str(address)


def read_name(text: str) -> tuple[IPAddress | None, str]:
    """Raises ValueError. What looks like an IPv4 address must be one, in the one spelling that everybody agrees on."""
    if len(text) > LONGEST_HOST:
        raise ValueError
    name = text.lower() if text.isascii() else idna.encode(text, uts46=True, std3_rules=True).decode("ascii")
    if not NAME.fullmatch(name):
        raise ValueError
    if not NUMERIC.fullmatch(name):
        return None, name
    address = ipaddress.IPv4Address(text)
    return address, str(address)


def resolve(place: Destination, seconds: float = DNS_SECONDS) -> list[IPAddress]:
    """All addresses of a destination. One that is not allowed spoils the rest: that is how a name is rebound."""
    found = [place.literal] if place.literal else look_up(place.name, seconds)
    addresses = list(dict.fromkeys(map(unwrapped, found)))
    if not 0 < len(addresses) <= MOST_ANSWERS or not all(is_allowed(address, place.port) for address in addresses):
        raise Refused
    return addresses


def look_up(name: str, seconds: float) -> list[IPAddress]:
    """getaddrinfo knows no time-out: a thread waits for it, and we for the thread."""
    answer: queue.SimpleQueue[list[IPAddress]] = queue.SimpleQueue()
    ends = time.monotonic() + seconds
    if not lookups.acquire(timeout=seconds):
        return []
    threading.Thread(target=ask, args=(name, answer), name="look up", daemon=True).start()
    try:
        return answer.get(timeout=max(0, ends - time.monotonic()))
    except queue.Empty:
        return []


def ask(name: str, answer: "queue.SimpleQueue[list[IPAddress]]") -> None:
    try:
        rows = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        answer.put([ipaddress.ip_address(row[4][0]) for row in rows])
    except (OSError, ValueError):  # no such name, or an answer that is no address
        answer.put([])
    finally:
        lookups.release()


def unwrapped(address: IPAddress) -> IPAddress:
    """::ffff:a.b.c.d is a.b.c.d to the kernel."""
    return (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address


def is_allowed(address: IPAddress, port: int) -> bool:
    if is_in(address, settings.WEBHOOK_DENY_CIDRS):
        return False
    if is_in(address, settings.WEBHOOK_ALLOW_CIDRS):
        return True
    return port in PORTS | settings.WEBHOOK_ALLOW_PORTS and is_public(address) and not is_ours(address)


def is_in(address: IPAddress, networks: Collection[IPNetwork]) -> bool:
    return any(address in network for network in networks)


def is_public(address: IPAddress) -> bool:
    if address.version == 4:
        return not is_in(address, NOT_PUBLIC_V4)
    return address in PUBLIC_V6 and not is_in(address, NOT_PUBLIC_V6)


def is_ours(address: IPAddress) -> bool:
    """Whether an interface of this machine has it. Where anything can be bound (ip_nonlocal_bind), nobody can tell."""
    return can_be_bound(address) and not can_be_bound(NOBODYS)


def can_be_bound(address: IPAddress) -> bool:
    try:
        with socket.socket(family_of(address), socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError as error:
        return error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
    return True


def family_of(address: IPAddress) -> socket.AddressFamily:
    return socket.AF_INET if address.version == 4 else socket.AF_INET6
