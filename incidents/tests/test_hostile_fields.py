"""Every field, with everything that has broken such fields elsewhere: refused by name, or kept as sent."""

import json

import pytest

from incidents.models import Incident
from incidents.tests.conftest import named
from tests.corpus import sample_and_corpus

URL = "/v1/incidents"
VALID = {"title": "Disk full", "severity": "P1"}


def create(api, incident, field, value):
    return api.post(URL, body({**VALID, field: None}, field, value))


def edit(api, incident, field, value):
    return api.patch(f"{URL}/{incident.pk}", body({}, field, value))


def note(api, incident, field, value):
    return api.patch(f"{URL}/{incident.pk}/status", body({"status": "ACK"}, field, value))


def comment(api, incident, field, value):
    return api.post(f"{URL}/{incident.pk}/comments", body({}, field, value))


def body(fields, field, value):
    """JSON text in which `field` holds what `value` spells."""
    written = {name: json.dumps(known) for name, known in fields.items() if name != field} | {field: value}
    return "{" + ", ".join(f'"{name}": {text}' for name, text in written.items()) + "}"


FIELDS = {
    "create title": (create, "title"),
    "create description": (create, "description"),
    "create severity": (create, "severity"),
    "create metadata": (create, "metadata"),
    "create assignee": (create, "assignee"),
    "create created_by": (create, "created_by"),
    "edit title": (edit, "title"),
    "edit description": (edit, "description"),
    "edit severity": (edit, "severity"),
    "edit metadata": (edit, "metadata"),
    "edit assignee": (edit, "assignee"),
    "status": (note, "status"),
    "note": (note, "note"),
    "comment body": (comment, "body"),
}
REFUSED_BY_NAME = {
    "NUL": r'"a\u0000b"',
    "a lone surrogate": r'"\ud800"',
    "another lone surrogate": r'"a\udc00b"',
    "half a mebibyte": f'"{"x" * 500_000}"',
    "2^31": "2147483648",
    "2^53": "9007199254740992",
    "2^63": "9223372036854775808",
    "-1": "-1",
    "0": "0",
    "1.5": "1.5",
    "a great float": "1e300",
    "true": "true",
    "false": "false",
    "a list": '["P1"]',
    "a list of lists": "[[[]]]",
    "31 levels": "[" * 31 + "]" * 31,
    "33 levels": "[" * 33 + "]" * 33,
    "1e400": "1e400",
    "4,000 digits": "-" + "9" * 4000,
}
SAMPLE = ["NUL", "a lone surrogate", "half a mebibyte", "2^53", "1.5", "true", "a list", "33 levels", "1e400"]
NO_JSON = {"NaN": "NaN", "-Infinity": "-Infinity", "6,000 levels": "[" * 6000 + "]" * 6000}


@pytest.fixture(params=FIELDS, ids=FIELDS)
def send(request, as_user, ada, incident):
    """`send(value)` puts JSON text into one field of one call; `send.field` is its name."""
    call, field = FIELDS[request.param]
    api = as_user(ada)

    def make(value):
        return call(api, incident, field, value)

    make.field = field
    yield make
    stored = Incident.objects.get(pk=incident.pk)
    assert (stored.title, stored.status, stored.version) == ("Disk full on db-7", "OPEN", 1)


@sample_and_corpus("kinds", SAMPLE, REFUSED_BY_NAME)
def test_what_the_field_cannot_hold_is_refused_by_its_name(send, kinds):
    for kind in kinds:
        assert named(send(REFUSED_BY_NAME[kind]), send.field), kind


def test_what_is_no_json_is_refused_as_a_whole(send):
    for kind, value in NO_JSON.items():
        assert named(send(value), "non_field_errors"), kind


def test_null_means_nobody_and_is_refused_by_name_elsewhere(send):
    response = send("null")

    if send.field in ("assignee", "created_by"):
        assert response.status_code in (200, 201)
    else:
        assert named(response, send.field)


def test_a_field_that_stands_twice_is_refused(send):
    assert named(send(f'"x", "{send.field}": "y"'), "non_field_errors")


def test_a_mebibyte_is_a_413(send):
    response = send(f'"{"x" * 1024 * 1024}"')

    assert (response.status_code, response.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")


TEXT = {
    "right-to-left override": "\u202eabc\u2066def\u2069",
    "bidi alone": "\u202e\u2066",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈",
    "CRLF": "a\r\nb\rc\nd",
    "combining": "e\u0301 \u00e9 \ufb01",
    "not a character": "\ufffe\uffff\U0010ffff",
    "line separators": "a\u2028b\u2029c\x85d",
    "control characters": "".join(map(chr, range(1, 0x20))).join("xx") + "\x7f",
    "markup": "<img src=x onerror=alert(1)></script>&amp;",
    "templates": "{{7*7}} {% debug %} {0.__class__} ${x} %(a)s %s %% \\",
    "SQL": "'; DROP TABLE incidents_incident; --",
    "JSON": '{"level":"INFO"}',
    "zero width": "a\u200b\u200d\ufeffb",
}
PLACES = {
    "title": lambda api, url, text: api.patch(url, {"title": text}).json()["title"],
    "description": lambda api, url, text: api.patch(url, {"description": text}).json()["description"],
    "metadata": lambda api, url, text: api.patch(url, {"metadata": {text: [text]}}).json()["metadata"][text][0],
    "note": lambda api, url, text: api.patch(f"{url}/status", {"status": "ACK", "note": text}).json()["events"][-1][
        "data"
    ]["note"],
    "comment": lambda api, url, text: api.post(f"{url}/comments", {"body": text}).json()["data"]["body"],
}


@sample_and_corpus("kinds", ["bidi alone", "CRLF", "control characters", "markup", "templates"], TEXT)
@pytest.mark.parametrize("place", PLACES)
def test_text_comes_back_as_sent_from_the_answer_and_from_every_later_read(as_user, rui, opened, place, kinds):
    api = as_user(rui)

    for kind, text in ((kind, TEXT[kind]) for kind in kinds):
        url = f"{URL}/{opened().pk}"
        assert PLACES[place](api, url, text) == text, kind

        quoted = json.dumps(text, ensure_ascii=False)[1:-1]
        for path in (url, f"{url}/events", url):
            assert quoted in json.dumps(api.get(path).json(), ensure_ascii=False), kind


STATUSES = [
    None,
    "open",
    "Open",
    "",
    " ",
    "CLOSED",
    "ACK ",
    ["ACK"],
    {"status": "ACK"},
    1,
    True,
    0,
    "\u0391CK",
    "ACK\u200b",
]


@pytest.mark.parametrize("status", STATUSES)
def test_a_status_that_is_none_changes_nothing(as_user, rui, incident, status):
    assert named(as_user(rui).patch(f"{URL}/{incident.pk}/status", {"status": status}), "status")
    assert Incident.objects.get().version == 1


@pytest.mark.parametrize("field", ["team", "resolved_at", "version", "title", "assignee", "force"])
def test_a_foreign_field_beside_a_status_is_refused(as_user, rui, incident, field):
    response = as_user(rui).patch(f"{URL}/{incident.pk}/status", {"status": "ACK", field: "x"})

    assert named(response, field)
    assert Incident.objects.get().status == "OPEN"


@pytest.mark.parametrize("note", ["", " ", "x" * 2000, "😀" * 2000])
def test_a_note_of_up_to_2000_characters_is_kept(as_user, rui, incident, note):
    body = as_user(rui).patch(f"{URL}/{incident.pk}/status", {"status": "ACK", "note": note}).json()

    assert body["events"][-1]["data"]["note"] == note


def test_a_note_of_2001_characters_is_named(as_user, rui, incident):
    assert named(as_user(rui).patch(f"{URL}/{incident.pk}/status", {"status": "ACK", "note": "x" * 2001}), "note")


def test_a_status_without_a_note_tells_an_empty_one(as_user, rui, incident):
    body = as_user(rui).patch(f"{URL}/{incident.pk}/status", {"status": "ACK"}).json()

    assert body["events"][-1]["data"] == {"from": "OPEN", "to": "ACK", "note": ""}
