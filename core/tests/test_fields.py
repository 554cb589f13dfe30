"""Times and fields of the contract, as tables."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from rest_framework.exceptions import ValidationError

from core import clock, fields
from core.errors import Invalid
from core.views import Input

EAST = timezone(timedelta(hours=5, minutes=30))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23T09:12:04Z", datetime(2026, 11, 23, 9, 12, 4, tzinfo=UTC)),
        ("2026-11-23t09:12:04z", datetime(2026, 11, 23, 9, 12, 4, tzinfo=UTC)),
        ("2026-11-23T09:12:04.5Z", datetime(2026, 11, 23, 9, 12, 4, 500_000, tzinfo=UTC)),
        ("2026-11-23T09:12:04.123456789Z", datetime(2026, 11, 23, 9, 12, 4, 123_456, tzinfo=UTC)),
        ("2026-11-23T14:42:04+05:30", datetime(2026, 11, 23, 9, 12, 4, tzinfo=UTC)),
        ("2026-11-22T23:12:04-10:00", datetime(2026, 11, 23, 9, 12, 4, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_time_with_its_offset_is_read(text, moment):
    assert clock.parse("at", text) == moment
    assert clock.parse("at", text).utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    [
        *("", "garbage", "2026-11-23", "2026-11-23T09:12:04", "2026-11-23 09:12:04Z", "20261123T091204Z", "1764000000"),
        *("2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T09:12:60Z"),
        *("0000-01-01T00:00:00Z", "99999-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-01:00"),
        *("2026-11-23T09:12:04+25:00", "2026-11-23T09:12:04+0530", "2026-11-23T09:12Z", "٢٠٢٦-11-23T09:12:04Z"),
        *("2026-11-23T09:12:04Z\n", "2026-11-23T09:12:04.Z", "2026-11-23T09:12:04.1234567890Z", "\0"),
    ],
)
def test_any_other_time_is_refused_by_name(text):
    with pytest.raises(Invalid) as caught:
        clock.parse("at", text)

    assert list(caught.value.details) == ["at"]


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 23, 9, 12, 4, tzinfo=UTC), "2026-11-23T09:12:04.000000Z"),
        (datetime(2026, 11, 23, 14, 42, 4, 5, tzinfo=EAST), "2026-11-23T09:12:04.000005Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000000Z"),
    ],
)
def test_a_time_is_written_in_utc_and_always_as_long(moment, text):
    assert clock.rfc3339(moment) == text


class Everything(Input):
    text = fields.Text(max_length=3, allow_blank=True, required=False)
    name = fields.Name(max_length=3, required=False)
    zone = fields.TimeZone(required=False)
    flag = fields.Boolean(required=False)
    choice = fields.Choice(choices=[("P1", "P1")], required=False)
    email = fields.Email(required=False)
    id = fields.Identifier(required=False)
    at = fields.Moment(required=False)


@pytest.mark.parametrize(
    ("field", "sent", "taken"),
    [
        ("text", "", ""),
        ("text", " a ", " a "),
        ("text", "\r\n\t", "\r\n\t"),
        ("text", "🔥🔥🔥", "🔥🔥🔥"),
        ("name", "  abc\u3000\n", "abc"),
        ("zone", "Europe/Lisbon", "Europe/Lisbon"),
        ("zone", "UTC", "UTC"),
        ("flag", False, False),
        ("choice", "P1", "P1"),
        ("email", "Rui@example.com", "Rui@example.com"),
    ],
)
def test_what_fits_is_taken_as_sent(field, sent, taken):
    body = Everything(data={field: sent})

    assert body.is_valid(), body.errors
    assert body.validated_data == {field: taken}


UUID = "01a20cce-1140-7425-9583-cd0155913687"


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        *(("text", value) for value in ("abcd", 1, True, None, ["a"], {"a": 1}, "\0", "\ud800")),
        *(("name", value) for value in ("", "   ", "abcd", 1, None, "\u3000")),
        *(("zone", value) for value in ("", "Mars/Base", "../../etc/passwd", "posixrules", "localtime", "Factory", 1)),
        *(("flag", value) for value in (1, 0, "true", "on", None, [])),
        *(("choice", value) for value in ("P2", "p1", 1, None, ["P1"], {})),
        *(("email", value) for value in ("rui", "rui@", "@example.com", "a b@x.org", "rui@x.org ", 1, None)),
        *(("id", value) for value in ("", "x", UUID.replace("-", ""), f"{{{UUID}}}", f"urn:uuid:{UUID}", 1, [UUID])),
        *(("at", value) for value in ("2026-11-23", 1764000000, None, "")),
        *(("colour", value) for value in ("red", None)),
    ],
)
def test_what_does_not_fit_is_refused_by_name(field, sent):
    body = Everything(data={field: sent})

    assert not body.is_valid()
    assert list(body.errors) == [field]


@pytest.mark.parametrize(("text", "point"), [("\ud800", "D800"), ("a" * 19_000 + "\udfff", "DFFF")])
def test_a_lone_surrogate_is_refused_as_drf_does(text, point):
    with pytest.raises(ValidationError) as caught:
        fields.Text().run_validation(text)

    assert caught.value.detail == [f"Surrogate characters are not allowed: U+{point}."]
