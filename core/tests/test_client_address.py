"""Whose address counts, as a table: what the socket says, what X-Forwarded-For says, and who is trusted."""

from ipaddress import ip_network

import pytest
from django.test import RequestFactory

from core import client_address

PROXIES = ["10.0.0.0/8", "2001:db8:ff::/48"]


def environ(remote: str, forwarded: str | None = None, **headers: str):
    extra = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return RequestFactory().get("/", REMOTE_ADDR=remote, **extra, **headers).META


def trust(settings, *networks: str) -> None:
    settings.TRUSTED_PROXIES = [ip_network(network) for network in networks]


@pytest.mark.parametrize(
    ("remote", "forwarded", "address"),
    [
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "203.0.113.9, 192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "192.0.2.1, 10.0.0.2, 10.0.0.3", "192.0.2.1"),
        ("10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.2"),
        ("10.0.0.1", "192.0.2.1,garbage", "10.0.0.1"),
        ("10.0.0.1", "192.0.2.1, garbage, 10.0.0.3", "10.0.0.3"),
        ("10.0.0.1", "192.0.2.1:4711", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "192.0.2.1,", "10.0.0.1"),
        ("10.0.0.1", "1" * 10_000, "10.0.0.1"),
        ("192.0.2.1", "203.0.113.9", "192.0.2.1"),
        ("192.0.2.1", "203.0.113.9, 10.0.0.1", "192.0.2.1"),
        ("::ffff:10.0.0.1", "::ffff:192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", None, "192.0.2.1"),
        ("2001:db8:ff::1", "2001:db8::1", "2001:db8::1"),
        ("2001:db8:ff::1", "2001:DB8:0::0:1%eth0", "2001:db8::1"),
        ("fe80::1%eth0", None, "fe80::1"),
        ("", "192.0.2.1", ""),
        ("unix:", "192.0.2.1", "unix:"),
    ],
)
def test_behind_trusted_proxies(settings, remote, forwarded, address):
    trust(settings, *PROXIES)

    assert client_address.of(environ(remote, forwarded)) == address


@pytest.mark.parametrize(
    ("remote", "address"),
    [("10.0.0.1", "10.0.0.1"), ("::ffff:10.0.0.1", "10.0.0.1"), ("fe80::1%eth0", "fe80::1"), ("", "")],
)
def test_where_no_proxy_is_trusted_the_socket_alone_counts(settings, remote, address):
    trust(settings)
    headers = {"HTTP_X_REAL_IP": "192.0.2.1", "HTTP_FORWARDED": "for=192.0.2.1", "HTTP_CLIENT_IP": "192.0.2.1"}

    assert client_address.of(environ(remote, "192.0.2.1", **headers)) == address


@pytest.mark.parametrize(
    ("address", "bucket"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_what_counts_as_one_client(address, bucket):
    assert client_address.bucket(address) == bucket


@pytest.mark.parametrize(
    ("remote", "said", "scheme"),
    [
        ("10.0.0.1", "https", "https"),
        ("10.0.0.1", "http", "http"),
        ("10.0.0.1", "gopher", "http"),
        ("192.0.2.1", "https", "http"),
        ("nobody", "https", "http"),
    ],
)
def test_a_trusted_proxy_alone_may_say_that_the_client_came_by_https(settings, remote, said, scheme):
    trust(settings, *PROXIES)

    assert client_address.scheme(environ(remote, HTTP_X_FORWARDED_PROTO=said)) == scheme


def test_the_scheme_reaches_what_depends_on_it(as_user, rui, settings):
    trust(settings, "127.0.0.1")
    settings.SECURE_HSTS_SECONDS = 60
    api = as_user(rui)

    assert "Strict-Transport-Security" in api.get("/v1/users/me", X_Forwarded_Proto="https")
    assert "Strict-Transport-Security" not in api.get("/v1/users/me")
