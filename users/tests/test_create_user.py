"""POST /v1/users."""

import pytest

from users.models import User
from users.tests.conftest import entries, forbidden, invalid, log_in, refused

NEW = {"email": "Kim.Lee@Example.com", "name": "  Kim Lee ", "role": "viewer", "timezone": "America/New_York"}


def test_an_admin_makes_a_user(as_user, ada):
    response = as_user(ada).post("/v1/users", NEW)

    made = response.json()
    assert response.status_code == 201
    assert response["Location"] == f"/v1/users/{made['id']}"
    assert made == {
        "id": made["id"],
        "email": "Kim.Lee@Example.com",
        "name": "Kim Lee",
        "role": "viewer",
        "timezone": "America/New_York",
        "is_active": True,
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
    }
    assert as_user(ada).get(response["Location"]).json() == made
    assert made["created_at"].endswith("Z")


def test_only_an_address_and_a_name_are_needed(as_user, ada):
    made = as_user(ada).post("/v1/users", {"email": "k@example.com", "name": "K"}).json()

    assert (made["role"], made["timezone"]) == ("responder", "UTC")
    assert not User.objects.get(pk=made["id"]).has_usable_password()


def test_a_password_is_stored_hashed_and_opens_the_door(as_user, ada, client):
    as_user(ada).post("/v1/users", {**NEW, "password": "a quite long sentence"})

    user = User.objects.get(email=NEW["email"])
    assert "a quite long sentence" not in user.password
    assert log_in(client, "kim.lee@EXAMPLE.com", "a quite long sentence").status_code == 302


@pytest.mark.parametrize("email", ["kim@example.com", "KIM@example.com", "kim@EXAMPLE.COM"])
def test_an_address_is_taken_in_any_case(as_user, ada, colleague, email):
    colleague("Kim")

    response = as_user(ada).post("/v1/users", {"email": email, "name": "Other"})

    assert refused(response, 409, "CONFLICT", "email")
    assert User.objects.count() == 2


def test_a_replay_makes_no_second_user_and_the_same_key_may_be_corrected(as_user, ada):
    api = as_user(ada)
    refusal = api.post("/v1/users", {**NEW, "email": ada.email}, Idempotency_Key="k1")

    first = api.post("/v1/users", NEW, Idempotency_Key="k1")
    second = api.post("/v1/users", NEW, Idempotency_Key="k1")

    assert [refusal.status_code, first.status_code, second.status_code] == [409, 201, 200]
    assert second["Idempotency-Replayed"] == "true"
    assert second.content == first.content
    assert len(entries("user.created")) == 2  # Ada and the new one


@pytest.mark.parametrize("missing", ["email", "name"])
def test_a_missing_field_is_named(as_user, ada, missing):
    body = {name: value for name, value in NEW.items() if name != missing}

    assert invalid(as_user(ada).post("/v1/users", body), missing)


@pytest.mark.parametrize(
    "email", ["", " ", "x", "@example.com", "a@", "a@b@c.de", " a@example.com", "a@example.com\n", "a" * 255 + "@b.de"]
)
def test_what_is_no_address_is_refused(as_user, ada, email):
    assert invalid(as_user(ada).post("/v1/users", {**NEW, "email": email}), "email")


@pytest.mark.parametrize("name", ["", "   ", "\u00a0", "x" * 101])
def test_a_name_has_one_to_a_hundred_characters(as_user, ada, name):
    assert invalid(as_user(ada).post("/v1/users", {**NEW, "name": name}), "name")


def test_the_longest_name_and_the_longest_address_fit(as_user, ada):
    longest = "a" * 64 + "@" + ".".join(["b" * 63, "c" * 63, "d" * 57, "de"])
    assert len(longest) == 253

    made = as_user(ada).post("/v1/users", {"email": longest, "name": f"  {'ñ' * 100}  "}).json()

    assert (made["email"], made["name"]) == (longest, "ñ" * 100)


@pytest.mark.parametrize("role", ["", "Admin", "root", "superuser"])
def test_an_unknown_role_is_refused(as_user, ada, role):
    assert invalid(as_user(ada).post("/v1/users", {**NEW, "role": role}), "role")


@pytest.mark.parametrize(
    "zone", ["UTC", "Europe/Lisbon", "Australia/Lord_Howe", "Etc/GMT+5", "America/Argentina/Ushuaia"]
)
def test_a_zone_of_the_iana_list_is_taken(as_user, ada, zone):
    assert as_user(ada).post("/v1/users", {**NEW, "timezone": zone}).json()["timezone"] == zone


NO_ZONES = ["utc+1", "posixrules", "localtime", "Factory", "right/UTC", "posix/UTC", "Europe", "zone.tab"]
NO_ZONES += ["../../etc/passwd", "/etc/localtime", "Europe/Nowhere", "europe/lisbon", "Europe/Lisbon ", "UTC\n"]


@pytest.mark.parametrize("zone", [*NO_ZONES, "", "x" * 65])
def test_what_is_no_zone_of_the_iana_list_is_refused(as_user, ada, zone):
    assert invalid(as_user(ada).post("/v1/users", {**NEW, "timezone": zone}), "timezone")


@pytest.mark.parametrize("password", ["", "short", "password1234", "12345678901234", "x" * 257, "Kim.Lee@Example.com"])
def test_a_weak_password_is_refused_and_nobody_made(as_user, ada, password):
    assert invalid(as_user(ada).post("/v1/users", {**NEW, "password": password}), "password")
    assert User.objects.count() == 1


def test_a_password_like_the_name_is_refused(as_user, ada):
    body = {"email": "x@example.com", "name": "Bartholomew Quux", "password": "bartholomew quux"}

    assert invalid(as_user(ada).post("/v1/users", body), "password")


@pytest.mark.parametrize("caller", ["rui", "vera"])
def test_nobody_but_an_admin_makes_users(as_user, request, caller):
    api = as_user(request.getfixturevalue(caller))

    assert forbidden(api.post("/v1/users", NEW))
    assert forbidden(api.post("/v1/users", {"nonsense": 1}))  # before the body is looked at
    assert User.objects.count() == 1


def test_an_admins_token_of_scope_write_makes_no_users(as_user, ada):
    assert forbidden(as_user(ada, "write").post("/v1/users", NEW))
