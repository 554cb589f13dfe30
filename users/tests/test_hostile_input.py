"""Whatever stands in a field of a person or a token: an answer that names the field, and never a fault of ours."""

import json

import pytest

from users.models import ApiToken, User

NUL = "a\x00b"
SURROGATE = "\ud800"
WRONG_TYPES = [None, True, 1, 1.5, -1, [], ["x"], {}, {"x": 1}]
WRONG_TEXTS = [NUL, SURROGATE, "a\udfffb", "x" * 1000, "‮x", "\r\n", "{{7*7}}", "%(a)s", "😀" * 300]

USER = {"email": "k@example.com", "name": "K", "role": "viewer", "timezone": "UTC", "password": "a quite long sentence"}
TOKEN = {"name": "t", "scope": "read", "expires_at": "2999-01-01T00:00:00Z"}
# What is text for a field is not wrong there.
FITS = [("name", "‮x"), ("name", "{{7*7}}"), ("name", "%(a)s")]
NULL_MEANS_NONE = [("expires_at", None)]


def cases(fields, values):
    return [(field, value) for field in fields for value in values]


def refuses(response, field):
    body = response.json()
    assert response.status_code == 400, (response.status_code, body)
    assert body["code"] == "VALIDATION_ERROR"
    assert set(body["details"]) == {field}
    assert len(response.content) < 2000
    return True


def with_field(body, field, value):
    return json.dumps({**body, field: value})


@pytest.mark.parametrize(("field", "value"), cases([*USER, "is_active"], WRONG_TYPES + WRONG_TEXTS))
def test_a_user_with_a_wrong_field_is_neither_made_nor_changed(as_user, ada, rui, field, value):
    api = as_user(ada)
    created = api.post("/v1/users", with_field(USER, field, value)) if field in USER else None
    patched = api.patch(f"/v1/users/{rui.pk}", with_field({}, field, value))

    if (field, value) in FITS:
        assert (created.status_code, patched.status_code) == (201, 200)
        assert created.json()["name"] == patched.json()["name"] == value
    elif field == "is_active" and value is True:
        assert patched.status_code == 200
    else:
        assert created is None or refuses(created, field)
        assert refuses(patched, field)
        assert User.objects.count() == 2


@pytest.mark.parametrize("name", ["name", "timezone"])
@pytest.mark.parametrize("value", [*WRONG_TYPES, NUL, SURROGATE, "x" * 1000])
def test_ones_own_name_and_zone_are_checked_as_an_admins_edit_is(as_user, rui, name, value):
    response = as_user(rui).patch(f"/v1/users/{rui.pk}", with_field({}, name, value))

    assert refuses(response, name)
    assert User.objects.get().name == "Rui"


@pytest.mark.parametrize(("field", "value"), cases([*TOKEN, "user"], WRONG_TYPES + WRONG_TEXTS))
def test_a_token_with_a_wrong_field_is_not_made(as_user, ada, field, value):
    response = as_user(ada).post("/v1/tokens", with_field(TOKEN, field, value))

    if (field, value) in FITS + NULL_MEANS_NONE:
        assert response.status_code == 201
    else:
        assert refuses(response, field)
        assert ApiToken.objects.count() == 1


@pytest.mark.parametrize("value", ["x", "0" * 32, "{0}", "urn:uuid:{0}", "00000000-0000-0000-0000-000000000000"])
def test_an_owner_that_is_no_active_user_is_refused(as_user, ada, value):
    response = as_user(ada).post("/v1/tokens", {**TOKEN, "user": value.format(ada.pk) if "{" in value else value})

    if value == "{0}":
        assert response.status_code == 201
    else:
        assert refuses(response, "user")


UNSOUND = ["[]", "null", "1", '"x"', "{", "{}{}", "[" * 100_000, '{"a":' * 100_000, '{"name": 1, "name": 2}']
UNSOUND += ['{"name": NaN}', '{"name": 1e999}', b"\xff", '{"name": "a"}'.encode("utf-16"), '{"\\u0000": 1}']


@pytest.mark.parametrize("path", ["/v1/users", "/v1/tokens"])
@pytest.mark.parametrize("body", [*UNSOUND, '{"\\ud800": 1}'])
def test_a_body_that_is_no_sound_object_is_refused_as_a_whole(as_user, ada, path, body):
    response = as_user(ada).post(path, body)

    assert response.status_code == 400
    assert response.json()["code"] == "VALIDATION_ERROR"
    assert set(response.json()["details"]) <= {"non_field_errors", "name"}


@pytest.mark.parametrize("path", ["/v1/users", "/v1/tokens"])
def test_a_huge_value_is_refused_without_being_repeated(as_user, ada, path):
    api = as_user(ada)
    for field in {"/v1/users": [*USER], "/v1/tokens": [*TOKEN, "user"]}[path]:
        assert refuses(
            api.post(path, with_field({**USER} if "users" in path else {**TOKEN}, field, "x" * 900_000)), field
        )
    assert api.post(path, {"name": "x" * 1_100_000}).status_code == 413


@pytest.mark.parametrize("path", ["/v1/users", "/v1/tokens", "/v1/audit"])
@pytest.mark.parametrize(
    "query",
    ["limit=%00", "limit=1e3", "limit=99999999999999999999", "cursor=%00", "cursor=%ED%A0%80", "a%00b=1", "limit="],
)
def test_a_hostile_query_is_refused(as_user, ada, path, query):
    response = as_user(ada).get(f"{path}?{query}")

    assert response.status_code == 400
    assert response.json()["code"] == "VALIDATION_ERROR"
