"""How a body may come: media type, charset, encoding, size; and none at all."""

import gzip
import json

import pytest

BODY = b'{"title": "Disk full on db-7", "severity": "P1"}'
MIB = 1024 * 1024


def send(api, body, content_type="application/json", method="POST", path="/v1/incidents", **headers):
    sent = {**api.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return api.client.generic(method, path, body, content_type, headers=sent)


@pytest.mark.parametrize(
    "content_type",
    [
        *("application/json", "Application/JSON", "application/json; charset=utf-8", "application/json;charset=UTF-8"),
        *('application/json; charset="utf-8"', "application/json; charset=utf8", "application/json; version=1"),
    ],
)
def test_json_in_utf8_is_read(as_user, rui, content_type):
    assert send(as_user(rui), BODY, content_type).status_code == 201


@pytest.mark.parametrize(
    "content_type",
    [
        *("", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json", "*/*"),
        *("application/merge-patch+json", "application/jsonp", "application/json; charset=utf-16", "text/json"),
        *("application/xml", "application/jsonx", "application/json; charset=latin-1"),
        *("application/json; charset=bogus-1", "application/json; charset=", "application/json, text/plain", "é", "\0"),
    ],
)
def test_any_other_media_type_is_refused(as_user, rui, content_type):
    api = as_user(rui)
    response = send(api, BODY, content_type)

    assert (response.status_code, response.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert api.get("/v1/incidents").json()["results"] == []


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "identity, gzip", "x"])
def test_a_compressed_body_is_refused_and_not_inflated(as_user, rui, encoding):
    response = send(as_user(rui), gzip.compress(BODY + b" " * 5 * MIB), Content_Encoding=encoding)

    assert (response.status_code, response.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("encoding", ["identity", "Identity"])
def test_a_body_that_is_said_not_to_be_compressed_is_read(as_user, rui, encoding):
    assert send(as_user(rui), BODY, Content_Encoding=encoding).status_code == 201


def test_utf16_is_not_json_here(as_user, rui):
    response = send(as_user(rui), BODY.decode().encode("utf-16"))

    assert (response.status_code, list(response.json()["details"])) == (400, ["non_field_errors"])


@pytest.mark.parametrize(("size", "status"), [(MIB, 201), (MIB + 1, 413), (40 * MIB, 413)])
def test_a_body_has_at_most_one_mebibyte(as_user, rui, size, status):
    response = send(as_user(rui), BODY + b" " * (size - len(BODY)))

    assert response.status_code == status
    if status == 413:
        assert response.json()["code"] == "PAYLOAD_TOO_LARGE"


@pytest.mark.parametrize("length", ["abc", "-1", "", "1e9", "９"])
def test_a_content_length_that_is_none_is_no_fault_of_ours(as_user, rui, length):
    response = send(as_user(rui), BODY, Content_Length=length)

    assert (response.status_code, response.json()["code"]) == (400, "VALIDATION_ERROR")


def test_a_post_without_a_body_counts_as_an_empty_object(as_user, rui):
    response = as_user(rui).post("/v1/incidents")

    assert set(response.json()["details"]) == {"title", "severity"}


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_an_empty_patch_changes_nothing_whatever_it_says_it_is(as_user, ada, rui, content_type):
    before = as_user(ada).get(f"/v1/users/{rui.pk}").json()
    response = send(as_user(ada), b"", "", "PATCH", f"/v1/users/{rui.pk}", Content_Type=content_type)

    assert response.status_code == 200
    assert response.json() == before


def test_the_body_of_a_read_is_ignored(as_user, rui, incident):
    api = as_user(rui)

    assert send(api, b"{", "text/plain", "GET").status_code == 200
    assert send(api, b"x" * (MIB + 1), "text/plain", "GET", f"/v1/incidents/{incident.pk}").status_code == 200


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"1", b"null", b"true"])
def test_a_body_that_is_no_object_is_refused(as_user, rui, body):
    response = send(as_user(rui), body)

    assert (response.status_code, list(response.json()["details"])) == (400, ["non_field_errors"])


@pytest.mark.parametrize(
    "body",
    [
        *(b"{", b"}", b"{]", b"{} {}", b"{}x", b"{'a': 1}", b"{a: 1}", b'{"a": 1,}', b'{"a": 01}', b'{"a": .5}'),
        *(b'{"a": +1}', b'{"a": 0x1}', b'{"a": "\n"}', b'{"a": "\\x"}', b"\xef\xbb\xbf{}", b" ", b"\0", b"{}\0"),
        *(b'{"a": "\xff"}', b'{"\xc0\xaf": 1}', b'{"a": "\xed\xa0\x80"}', b'{"a": /* */ 1}', b"{" * 100_000),
        *(b"[" * 100_000, b'{"a":' * 100_000, b'{"a": ' + b"[" * 6_000 + b"]" * 6_000 + b"}"),
    ],
)
def test_what_is_not_json_is_refused(as_user, rui, body):
    response = send(as_user(rui), body)

    assert (response.status_code, response.json()["code"]) == (400, "VALIDATION_ERROR")


def test_text_is_stored_as_sent(as_user, rui):
    description = "\r\n\t \u202e\u2066bidi \u2028 e\u0301 \U0001f525 \x01 "
    sent = {"title": "  trimmed\u3000", "severity": "P1", "description": description}
    api = as_user(rui)
    opened = send(api, json.dumps(sent).encode()).json()

    stored = api.get(f"/v1/incidents/{opened['id']}").json()
    assert (stored["title"], stored["description"]) == ("trimmed", description)
