"""A passkey's answer with one part replaced by what no passkey says: it is refused, and costs next to nothing."""

import json
import tracemalloc

import pytest
from django.test import Client

from tests.corpus import sample_and_corpus
from users.tests.authenticators import Passkey, b64
from users.tests.conftest import is_in
from users.tests.test_passkeys import ADD, PASSKEY_LOGIN, add, browser, options_in  # noqa: F401  the first a fixture

NASTY = ["", "a\0b", "\ud800", "é", "x" * 70_000, 1, -1, 2**63, None, True, 1.5, [], {}, [[]], {"a": 1}, "AAAA", "____"]
NO_CBOR = [
    b"\xa1",
    b"\xbf",
    b"\x81" * 5000,
    b"\x9b" + b"\xff" * 8,
    b"\xbb" + b"\xff" * 8,
    b"\x5b" + b"\xff" * 8,
    b"\xf9",
]
NO_CBOR += [b"\xa3cfmtdnonegattStmt\xa0hauthDataX\x05aaaaa", bytes(37), bytes(32) + b"\xc5" + bytes(200)]
NO_JSON = [b"{}", b"[]", b"1", b'{"type": 1}', b"[" * 5000, b"9" * 5000, b"\xff"]
VALUES = NASTY + [b64(data) for data in NO_CBOR + NO_JSON]
NO_CREDENTIAL = [
    "[" * 6000,
    '{"a":' * 6000,
    "9" * 5000,
    "NaN",
    "1",
    "[]",
    '""',
    "null",
    '{"id": 1, "id": 2}',
    "\0",
    "x",
]


ONE_OF_EACH_KIND = ["", "\ud800", -1, 2**63, [[]], b64(b"\x81" * 5000), b64(b"[" * 5000)]
each_value = sample_and_corpus("values", ONE_OF_EACH_KIND, VALUES)


def mutants(good, values):
    for name, value in ((name, value) for name in good for value in values):
        yield {**good, name: value}
    for name, value in ((name, value) for name in good["response"] for value in values):
        yield {**good, "response": {**good["response"], name: value}}
    for missing in good:
        yield {name: value for name, value in good.items() if name != missing}


@pytest.fixture
def careful(browser):  # noqa: F811  the fixture
    """Whose faults are answers, as they are outside of tests."""
    browser.raise_request_exception = False
    return browser


@each_value
def test_no_passkey_is_added_by_what_none_says(careful, values):
    page = careful.get(ADD)
    good = json.loads(Passkey().create(options_in(page)))

    sent = [json.dumps(each) for each in mutants(good, values)] + NO_CREDENTIAL
    answers = [careful.post(ADD, {"name": "n", "credential": each}) for each in sent]

    faults = [
        (each[:300], answer.status_code)
        for each, answer in zip(sent, answers, strict=True)
        if answer.status_code >= 400
    ]
    assert len(sent) > 50
    assert faults == []


@each_value
def test_what_no_passkey_says_opens_no_door(careful, values):
    passkey, _added = add(careful)
    stranger = Client(raise_request_exception=False)

    good = json.loads(passkey.get(stranger.get(PASSKEY_LOGIN).json()["request_options"]))
    wrong = [
        each
        for each in mutants(good, values)
        if each.get("response") != good["response"] or each.get("id") != good["id"]
    ]
    sent = [json.dumps(each) for each in wrong] + NO_CREDENTIAL
    answers = [(each[:300], stranger.post(PASSKEY_LOGIN, {"credential": each}).status_code) for each in sent]

    assert [answer for answer in answers if answer[1] != 302] == []
    assert not is_in(stranger)


def test_a_number_is_not_so_many_bytes(careful):
    passkey, _added = add(careful)
    stranger = Client(raise_request_exception=False)
    good = json.loads(passkey.get(stranger.get(PASSKEY_LOGIN).json()["request_options"]))
    tracemalloc.start()

    for name in good["response"]:
        bomb = {**good, "response": {**good["response"], name: 200_000_000}}
        assert stranger.post(PASSKEY_LOGIN, {"credential": json.dumps(bomb)}).status_code == 302

    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()
    assert not is_in(stranger)
