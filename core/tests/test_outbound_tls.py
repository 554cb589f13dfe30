"""Requests over TLS: the certificate is that of the name, whichever address the connection goes to."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core import outbound
from core.tests.certificates import Authority
from core.tests.network_edge import Names
from core.tests.raw_receiver import Receiver

pytestmark = pytest.mark.usefixtures("on_loopback")


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    """One that is trusted, as a company's own is: by SSL_CERT_FILE."""
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    outbound.trusting.cache_clear()
    yield made
    outbound.trusting.cache_clear()


def post(url: str) -> outbound.Answer:
    return outbound.request("POST", url, headers={}, content=b"{}", deadline=5)


def failure(receiver: Receiver, url: str) -> str:
    with receiver, pytest.raises(outbound.Failed) as caught:
        post(url)
    assert receiver.requests == []
    return str(caught.value)


def test_the_name_is_what_the_server_is_asked_for_and_must_prove(authority: Authority, names: Names) -> None:
    names.answers["hooks.example"] = ["127.0.0.1"]
    context = authority.context("hooks.example")
    asked: list[Any] = []
    context.sni_callback = lambda _, name, __: asked.append(name)
    with Receiver(secure=context) as receiver:
        answer = post(receiver.url("hooks.example"))

    assert answer.body == b"ok"
    assert asked == ["hooks.example"]


def test_an_address_can_have_a_certificate_too(authority: Authority) -> None:
    with Receiver(secure=authority.context("127.0.0.1")) as receiver:
        assert post(receiver.url()).status == 200


@pytest.mark.parametrize(
    ("of", "age", "reason"),
    [
        ("other.example", 0, "Hostname mismatch"),
        ("127.0.0.1", 0, "Hostname mismatch"),  # where it went, not whom it wanted
        ("hooks.example", 9, "certificate has expired"),
    ],
)
def test_a_certificate_that_does_not_fit_is_a_failure(
    authority: Authority, names: Names, of: str, age: int, reason: str
) -> None:
    names.answers["hooks.example"] = ["127.0.0.1"]
    receiver = Receiver(secure=authority.context(of, age))

    assert failure(receiver, receiver.url("hooks.example")).startswith(f"TLS: {reason}")


def test_an_authority_that_nobody_trusts_is_a_failure(authority: Authority, tmp_path: Path) -> None:
    receiver = Receiver(secure=Authority(tmp_path, "Another CA").context("127.0.0.1"))

    assert failure(receiver, receiver.url()) == "TLS: unable to get local issuer certificate"


def test_tls_of_long_ago_is_a_failure(authority: Authority) -> None:
    context = authority.context("127.0.0.1")
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    receiver = Receiver(secure=context)

    assert failure(receiver, receiver.url()).startswith("TLS: ")


def test_who_speaks_no_tls_is_a_failure(authority: Authority) -> None:
    with Receiver(b"") as receiver, pytest.raises(outbound.Failed) as caught:
        outbound.request(
            "POST", receiver.url().replace("http:", "https:"), headers={}, content=b"\r\n\r\n", deadline=0.3
        )

    assert str(caught.value) == outbound.TIMED_OUT
    assert caught.value.seconds < 2
