"""What a JSON body may hold, as tables and as properties."""

import json
import time

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from core.parsers import MAX_NODES, parse

QUICK = settings(max_examples=100, deadline=None)
SAFE = 2**53 - 1


def refusal(raw: str | bytes) -> dict:
    with pytest.raises(Invalid) as caught:
        parse(raw.encode() if isinstance(raw, str) else raw)
    return dict(caught.value.details)


def nested(levels: int, innermost: str = "1") -> str:
    """A body with so many levels, itself the first."""
    return '{"a":' * (levels - 1) + "{" + f'"a":{innermost}' + "}" * levels


@pytest.mark.parametrize(
    "number",
    [
        "0",
        "-0",
        "1",
        str(SAFE),
        str(-SAFE),
        "0.1",
        "-0.0",
        "1e14",
        "999999999999999.0",
        "1e-400",
        "1E2",
        "0." + "1" * 900,
    ],
)
def test_numbers_within_the_limits(number):
    (value,) = parse(f'{{"n":{number}}}'.encode()).values()

    assert repr(value) == repr(json.loads(number))


@pytest.mark.parametrize(
    "number",
    [
        *(str(SAFE + 1), str(-SAFE - 1), str(2**63), "9" * 4_000, "1" + "0" * 100_000, "1e15", "-1e15", "1e400"),
        *("1e999999999", "NaN", "Infinity", "-Infinity", "1" * 400 + ".5"),
    ],
)
@pytest.mark.parametrize("place", ['{"n":%s}', '{"n":[%s]}', '{"n":{"m":[0,%s]}}'])
def test_numbers_outside_of_them(place, number):
    assert set(refusal(place % number)) <= {"n", "non_field_errors"}


@pytest.mark.parametrize("innermost", ["1", '"a"', "null", "[]", "{}", "[[]]"])
def test_nesting_ends_at_32_levels(innermost):
    deeper = innermost.count("[") + innermost.count("{")
    parse(nested(32 - deeper, innermost).encode())

    assert refusal(nested(33 - deeper, innermost)) == {"a": ["Nested deeper than 32 levels."]}


@pytest.mark.parametrize("levels", [100, 900, 1_100, 6_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
def test_a_bottomless_body(opening, closing, levels):
    middle = "1" if opening.endswith(":") else ""

    assert refusal('{"a":' + opening * levels + middle + closing * levels + "}")
    assert refusal(opening * levels)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"a":"x\\u0000y"}', "a"),
        ('{"a":{"b":"\\u0000"}}', "a"),
        ('{"a":{"\\u0000":1}}', "a"),
        ('{"a":["\\ud800"]}', "a"),
        ('{"a":"\\udfff\\ud800"}', "a"),
        ('{"a":{"\\ud800x":1}}', "a"),
        ('{"\\u0000":1}', "non_field_errors"),
        ('{"\\ud800":1}', "non_field_errors"),
    ],
)
def test_text_that_cannot_be_stored(body, field):
    assert list(refusal(body)) == [field]


@pytest.mark.parametrize(
    "text", ["\\ud83d\\ude00", "\\uffff", "\\u0001\\u007f\\u2028", "\\ufeff", "\\u200b", "\\\\u0000"]
)
def test_text_that_can(text):
    assert parse(f'{{"a":"{text}"}}'.encode()) == {"a": json.loads(f'"{text}"')}


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ('{"a":1,"a":1}', "a"),
        ('{"a":1,"b":2,"\\u0061":3}', "a"),
        ('{"x":{"b":1,"b":2}}', "b"),
        ('{"x":[{"c":{},"c":{}}]}', "c"),
        ('{"":1,"":2}', ""),
    ],
)
def test_a_key_that_stands_twice(body, name):
    assert refusal(body) == {"non_field_errors": [f'The key "{name}" stands twice in one object.']}


def test_a_key_that_stands_twice_among_very_many_is_found_at_once():
    body = "{" + ",".join(f'"{n}":1' for n in [*range(90_000), 89_999]) + "}"
    started = time.perf_counter()

    assert refusal(body)
    assert time.perf_counter() - started < 5  # one look at each: comparing each with each took minutes


def test_values_are_counted():
    fits = {"a": [1] * (MAX_NODES - 1)}
    assert parse(orjson.dumps(fits)) == fits

    assert refusal(orjson.dumps({"a": [1] * MAX_NODES})) == {"a": [f"More than {MAX_NODES} values."]}


def test_no_bytes_at_all_count_as_an_empty_object():
    assert parse(b"") == {}


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-SAFE, SAFE)
    | st.floats(-1e14, 1e14, allow_nan=False, allow_infinity=False)
    | texts
)
values = st.recursive(
    scalars, lambda parts: st.lists(parts, max_size=4) | st.dictionaries(texts, parts, max_size=4), max_leaves=20
)
bodies = st.dictionaries(texts, values, max_size=5)
tokens = st.sampled_from(
    [
        *'{}[],:" \\',
        '"a"',
        '"b":',
        "1",
        "-",
        "1e400",
        "NaN",
        "null",
        "true",
        '"\\ud800"',
        '"\\u0000"',
        "\0",
        "é",
        "\ufeff",
    ]
)


@QUICK
@given(bodies)
def test_what_can_be_stored_is_read_as_it_was_meant(body):
    assert repr(parse(orjson.dumps(body))) == repr(body)
    assert repr(parse(json.dumps(body, indent=1).encode())) == repr(body)


@QUICK
@given(st.binary(max_size=60) | st.lists(tokens, max_size=25).map(lambda parts: "".join(parts).encode()))
def test_bytes_are_an_object_that_can_be_sent_back_or_they_are_invalid(raw):
    try:
        body = parse(raw)
    except Invalid:
        return
    assert repr(parse(orjson.dumps(body))) == repr(body)
