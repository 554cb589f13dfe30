"""Hostile bodies: whatever is sent, the answer is a 4xx that names its cause, and nothing is stored."""

import json
import random

import pytest

from incidents.models import Incident, IncidentEvent
from incidents.tests.conftest import named

URL = "/v1/incidents"
VALID = {"title": "Disk full", "severity": "P1"}


def text(**fields):
    """A valid body as JSON text, and each of `fields` as it is written here."""
    written = {name: json.dumps(value) for name, value in VALID.items()} | fields
    return "{" + ", ".join(f'"{name}": {value}' for name, value in written.items()) + "}"


def nested(depth, opening="[", closing="]", inside=""):
    return opening * depth + inside + closing * depth


METADATA = {
    "NUL in a value": r'{"k": "a\u0000"}',
    "NUL in a key": r'{"k\u0000": 1}',
    "NUL deep inside": r'{"a": [{"b": ["\u0000"]}]}',
    "a lone surrogate": r'{"k": "\ud800"}',
    "a lone surrogate in a key": r'{"\udfff": 1}',
    "surrogates the wrong way round": r'{"k": "\ude00\ud83d"}',
    "33 levels": f'{{"k": {nested(31)}}}',
    "1e400": '{"x": [1e400]}',
    "-1e400": '{"x": [-1e400]}',
    "a 4,000-digit integer": f'{{"x": {"9" * 4000}}}',
    "2^53": '{"x": 9007199254740992}',
    "2^63": '{"x": 9223372036854775808}',
    "-2^63": '{"x": -9223372036854775808}',
    "a great float": '{"x": 1e15}',
    "10,001 values": f'{{"x": [{"0," * 10_000}0]}}',
}
WHOLE = {
    "6,000 levels": text(metadata=f'{{"k": {nested(6000)}}}'),
    "6,000 objects": text(metadata=nested(6000, '{"a":', "}", "1")),
    "NaN": text(metadata='{"x": NaN}'),
    "Infinity": text(metadata='{"x": Infinity}'),
    "-Infinity": text(metadata='{"x": -Infinity}'),
    "a key that stands twice": '{"title": "a", "severity": "P1", "title": "b"}',
    "a key that stands twice inside": text(metadata='{"a": 1, "a": 2}'),
    "a key that stands twice in another spelling": r'{"title": "a", "severity": "P1", "t\u0069tle": "b"}',
    "100,000 brackets": "[" * 100_000,
    "100,000 braces": '{"a":' * 100_000,
    "a list": "[]",
    "a string": '"x"',
    "null": "null",
    "a number": "1",
    "nothing but space": "   ",
    "half": '{"title": ',
    "two objects": "{}{}",
    "a comment": "{} // x",
    "single quotes": "{'title': 'x'}",
    "a comma too many": '{"title": "x",}',
    "not UTF-8": b'{"title": "\xff\xfe", "severity": "P1"}',
    "an encoded surrogate": b'{"title": "\xed\xa0\x80", "severity": "P1"}',
    "an overlong encoding": b'{"title": "\xc0\x80", "severity": "P1"}',
    "a byte order mark": b'\xef\xbb\xbf{"title": "x", "severity": "P1"}',
    "a control character": '{"title": "a\x01b", "severity": "P1"}',
    "a raw NUL": '{"title": "a\x00b", "severity": "P1"}',
    "XML": "<incident/>",
    "a form": "title=x&severity=P1",
}


@pytest.fixture(autouse=True)
def nothing_is_stored(db):
    yield
    assert not Incident.objects.exists()
    assert not IncidentEvent.objects.exists()


@pytest.mark.parametrize("value", METADATA.values(), ids=METADATA.keys())
def test_metadata_that_cannot_be_kept_is_named(as_user, rui, value):
    assert named(as_user(rui).post(URL, text(metadata=value)), "metadata")


@pytest.mark.parametrize("body", WHOLE.values(), ids=WHOLE.keys())
def test_a_body_that_is_no_clean_json_object_is_refused_as_a_whole(as_user, rui, body):
    response = as_user(rui).post(URL, body)

    assert response.status_code == 400
    assert response.json()["code"] == "VALIDATION_ERROR"
    assert response.json()["details"]


def test_a_title_of_combining_characters_is_refused_by_its_length(as_user, rui):
    assert named(as_user(rui).post(URL, {**VALID, "title": "\u0301" * 100_000}), "title")


def test_random_bytes_are_always_a_400(as_user, rui, unlimited):
    chance, api = random.Random(1), as_user(rui)  # noqa: S311  no secret hangs on it

    for length in range(1, 120):
        response = api.post(URL, chance.randbytes(length))
        assert response.status_code == 400


def test_a_valid_body_with_one_byte_changed_is_never_a_server_error(as_user, rui, unlimited):
    chance, api = random.Random(2), as_user(rui)  # noqa: S311  no secret hangs on it
    body = text(metadata='{"a": [1.5, "\\u00e9", null]}', description='"x"', nonsense="1").encode()

    for _ in range(150):
        place = chance.randrange(len(body))
        changed = body[:place] + chance.randbytes(1) + body[place + 1 :]
        assert api.post(URL, changed).status_code == 400
