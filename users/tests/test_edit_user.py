"""PATCH /v1/users/{id}."""

import pytest

from users.models import Directory, User
from users.tests.conftest import entries, forbidden, invalid, refused

EVERYTHING = {
    "email": "new@example.com",
    "name": "New Name",
    "role": "viewer",
    "timezone": "Asia/Tokyo",
    "is_active": False,
    "password": "a quite long sentence",
}
READ_ONLY = ["id", "created_at", "updated_at", "is_staff", "is_superuser", "session_generation", "last_login", "tokens"]


def test_an_admin_may_change_everything(as_user, ada, rui):
    before = rui.updated_at

    response = as_user(ada).patch(f"/v1/users/{rui.pk}", EVERYTHING)

    shown, stored = response.json(), User.objects.get(pk=rui.pk)
    assert response.status_code == 200
    for field in ("email", "name", "role", "timezone", "is_active"):
        assert shown[field] == getattr(stored, field) == EVERYTHING[field]
    assert stored.check_password(EVERYTHING["password"])
    assert stored.updated_at > before
    assert shown == as_user(ada).get(f"/v1/users/{rui.pk}").json()


@pytest.mark.parametrize("person", ["rui", "vera"])
def test_a_person_may_change_their_own_name_and_zone(as_user, request, person):
    user = request.getfixturevalue(person)

    shown = as_user(user, "write").patch(f"/v1/users/{user.pk}", {"name": " R. ", "timezone": "Asia/Tokyo"}).json()

    assert (shown["name"], shown["timezone"]) == ("R.", "Asia/Tokyo")


@pytest.mark.parametrize("field", ["email", "role", "is_active", "password"])
def test_a_person_may_change_nothing_else_of_their_own(as_user, rui, field):
    response = as_user(rui).patch(f"/v1/users/{rui.pk}", {"name": "Other", field: EVERYTHING[field]})

    assert invalid(response, field)
    assert User.objects.get(pk=rui.pk).name == "Rui"


@pytest.mark.parametrize("body", [{"name": "x"}, {}, "[", {"nonsense": 1}])
def test_a_person_may_not_touch_somebody_else(as_user, rui, vera, body):
    """403 before the body is read, and whether or not there is such a person."""
    assert forbidden(as_user(rui).patch(f"/v1/users/{vera.pk}", body))
    assert forbidden(as_user(rui).patch(f"/v1/users/{'0' * 8}-{'0' * 4}-{'0' * 4}-{'0' * 4}-{'0' * 12}", body))
    assert User.objects.get(pk=vera.pk).name == "Vera"


def test_an_admin_with_a_token_of_scope_write_is_a_person_like_others(as_user, ada, rui):
    api = as_user(ada, "write")

    assert forbidden(api.patch(f"/v1/users/{rui.pk}", {"name": "x"}))
    assert invalid(api.patch(f"/v1/users/{ada.pk}", {"role": "viewer"}), "role")
    assert api.patch(f"/v1/users/{ada.pk}", {"name": "Ada L."}).status_code == 200


def test_a_token_of_scope_read_changes_nothing(as_user, rui):
    assert forbidden(as_user(rui, "read").patch(f"/v1/users/{rui.pk}", {"name": "x"}))


@pytest.mark.parametrize("field", READ_ONLY)
def test_what_is_not_theirs_to_set_is_refused_by_name(as_user, ada, rui, field):
    patched = as_user(ada).patch(f"/v1/users/{rui.pk}", {"name": "x", field: 1})
    created = as_user(ada).post("/v1/users", {"name": "x", "email": "x@example.com", field: 1})

    assert invalid(patched, field)
    assert invalid(created, field)
    assert User.objects.get(pk=rui.pk).name == "Rui"


def test_a_taken_address_is_a_conflict_and_changes_nothing(as_user, ada, rui, vera):
    response = as_user(ada).patch(f"/v1/users/{rui.pk}", {"email": "VERA@example.com", "name": "x"})

    assert refused(response, 409, "CONFLICT", "email")
    assert User.objects.get(pk=rui.pk).name == "Rui"
    assert not entries("user.updated")


def test_ones_own_address_may_be_written_in_another_case(as_user, ada, rui):
    assert as_user(ada).patch(f"/v1/users/{rui.pk}", {"email": "RUI@example.com"}).json()["email"] == "RUI@example.com"


@pytest.mark.parametrize("body", [None, {}, {"name": "Rui"}, {"name": " Rui ", "role": "responder", "is_active": True}])
def test_a_patch_that_changes_nothing_leaves_no_trace(as_user, ada, rui, body):
    response = as_user(ada).patch(f"/v1/users/{rui.pk}", body)

    assert response.status_code == 200
    assert response.json()["updated_at"] == response.json()["created_at"]
    assert not entries("user.updated")


def test_a_password_is_checked_against_the_name_that_comes_with_it(as_user, ada, rui):
    body = {"name": "Bartholomew Quux", "password": "bartholomew quux"}

    assert invalid(as_user(ada).patch(f"/v1/users/{rui.pk}", body), "password")
    assert User.objects.get(pk=rui.pk).name == "Rui"


@pytest.mark.parametrize(("field", "value"), [("name", "R."), ("email", "r@example.com"), ("timezone", "Asia/Tokyo")])
def test_names_that_answers_show_are_todays(as_user, ada, rui, incident, field, value):
    before = Directory.objects.get().version
    first = as_user(ada).get(f"/v1/incidents/{incident.pk}")

    as_user(ada).patch(f"/v1/users/{rui.pk}", {field: value})

    second = as_user(ada).get(f"/v1/incidents/{incident.pk}")
    is_shown = field != "timezone"
    assert (Directory.objects.get().version > before) is is_shown
    assert (second["ETag"] != first["ETag"]) is is_shown
    assert (second.json()["created_by"] != first.json()["created_by"]) is is_shown
