"""Where a request may go: no connection is even tried to what is forbidden, whoever asks, and however it is spelt."""

import ipaddress
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core import destinations, outbound
from core.tests.network_edge import Names, connects

LINES = (Path(__file__).parent / "forbidden_urls.txt").read_text().splitlines()
LONG = [
    "https://a.example/" + "a" * 2048,
    f"https://{'a' * 64}.example/",
    f"https://{'a.' * 127}example/",
    f"https://{'ä.' * 120}de/",
]
FORBIDDEN = [json.loads(line) for line in LINES if line.startswith('"')] + LONG
ALLOWED = [
    "https://a.example",
    "HTTPS://A.Example/Hook?a=b&c=%20@x/../:8",
    "http://a.example:80",
    "https://a.example:8443/",
    "http://a_b.c-d.e1.example:8080?x",
    "https://3com.example/",
    "https://0x7f.example/",
    "https://127.0.0.1.example/",
    "https://xn--bcher-kva.example/",
    "https://Bücher.example/",
    "https://８.example/",
    "https://8.8.8.8/",
    "https://[2606:4700::1]:443/",
    "https://[::ffff:8.8.8.8]/",
]
NOT_PUBLIC = destinations.NOT_PUBLIC_V4 + destinations.NOT_PUBLIC_V6
INNER = {
    "localhost": ["::1", "127.0.0.1"],
    "sub.localhost": ["127.0.0.1"],
    "metadata.google.internal": ["169.254.169.254"],
    "127.0.0.1.nip.example": ["127.0.0.1"],
    "kubernetes.default.svc": ["10.96.0.1"],
    "six.example": ["fd00::1"],
    "mapped.example": ["::ffff:10.0.0.1"],
}


def deliver(url: str) -> None:
    outbound.request("POST", url, headers={}, content=b"{}", deadline=1)


def is_refused(door: Callable[[str], None], url: str) -> bool:
    try:
        door(url)
    except outbound.Refused as refused:
        return str(refused) == outbound.UNREACHABLE
    return False


@pytest.mark.parametrize("door", [outbound.check_url, deliver])
def test_no_connection_is_tried_to_a_forbidden_address(
    door: Callable[[str], None], names: Names, settings: Any
) -> None:
    settings.WEBHOOK_ALLOW_HTTP = True  # so that it is not the scheme that saves us
    names.answers = INNER
    with connects() as tried:
        passed = [url for url in FORBIDDEN if not is_refused(door, url)]

    assert len(FORBIDDEN) > 280
    assert passed == []
    assert tried == []


def test_what_is_not_forbidden_passes(names: Names, settings: Any) -> None:
    settings.WEBHOOK_ALLOW_HTTP = True

    assert [url for url in ALLOWED if is_refused(outbound.check_url, url)] == []
    assert {"xn--bcher-kva.example", "8.example", "a.example"} <= set(names.asked)


@pytest.mark.parametrize("network", NOT_PUBLIC, ids=str)
def test_each_range_is_closed_from_its_first_to_its_last_address_and_no_further(network: Any) -> None:
    neighbours = [
        type(network[0])(int(address) + step)
        for address, step in ((network[0], -1), (network[-1], 1))
        if 0 <= int(address) + step < 2**network.max_prefixlen
    ]

    assert not destinations.is_public(network[0])
    assert not destinations.is_public(network[-1])
    for address in neighbours:
        of_another = any(address in other for other in NOT_PUBLIC) or (
            address.version == 6 and address.packed[0] >> 5 != 1
        )
        assert destinations.is_public(address) is not of_another


def test_http_needs_a_setting(names: Names, settings: Any) -> None:
    assert is_refused(outbound.check_url, "http://a.example/")

    settings.WEBHOOK_ALLOW_HTTP = True
    outbound.check_url("http://a.example/")


def test_further_ports_need_a_setting(names: Names, settings: Any) -> None:
    assert is_refused(outbound.check_url, "https://a.example:9443/")

    settings.WEBHOOK_ALLOW_PORTS = frozenset({9443})
    outbound.check_url("https://a.example:9443/")
    assert is_refused(outbound.check_url, "https://a.example:9444/")


def test_networks_of_our_own_can_be_opened_with_all_their_ports_and_closed_again(names: Names, settings: Any) -> None:
    settings.WEBHOOK_ALLOW_CIDRS = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8")]
    settings.WEBHOOK_DENY_CIDRS = [ipaddress.ip_network("10.9.0.0/16"), ipaddress.ip_network("8.8.8.0/24")]
    names.answers["both.example"] = ["10.1.2.3", "93.184.215.14"]

    for url in (
        "https://10.1.2.3:9999/",
        "https://[fd00::1]:1/",
        "https://[::ffff:10.1.2.3]/",
        "https://both.example/",
    ):
        outbound.check_url(url)
    for url in (
        "https://10.9.0.1/",
        "https://10.1.2.3:65536/",
        "https://8.8.8.8/",
        "https://192.168.0.1/",
        "https://both.example:9999/",
    ):
        assert is_refused(outbound.check_url, url)


def test_an_address_of_this_machine_is_refused_though_it_be_public(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(destinations, "NOT_PUBLIC_V4", ())

    assert is_refused(outbound.check_url, "https://127.0.0.1/")
    outbound.check_url("https://10.1.2.3/")


PUBLIC = [f"93.184.215.{number}" for number in range(1, 34)]


@pytest.mark.parametrize(
    ("answer", "passes"),
    [
        (None, False),  # no such name
        ([], False),
        (PUBLIC[:32], True),
        (PUBLIC, False),
        (PUBLIC[:1] * 40, True),  # the same one again and again
        ([*PUBLIC[:31], "127.0.0.1"], False),
        (["2606:4700::1", "10.0.0.1"], False),
        (["93.184.215.14", "::1"], False),
        (["fe80::1%lo"], False),
        (["no address"], False),
    ],
)
def test_every_answer_of_the_dns_must_be_allowed(names: Names, answer: Any, passes: bool) -> None:
    names.answers["a.example"] = answer

    assert is_refused(outbound.check_url, "https://a.example/") is not passes


def test_a_dns_that_says_nothing_refuses_in_time(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    names.answers["a.example"] = lambda: time.sleep(0.5)
    monkeypatch.setattr(destinations, "DNS_SECONDS", 0.05)
    started = time.monotonic()

    assert is_refused(deliver, "https://a.example/")
    assert time.monotonic() - started < 0.4
