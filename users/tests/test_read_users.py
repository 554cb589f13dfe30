"""GET /v1/users, /v1/users/{id} and /v1/users/me."""

import uuid

import pytest

from users.tests.conftest import invalid, refused


@pytest.fixture
def crowd(colleague):
    return [colleague(f"Person{number}") for number in range(5)]


def test_the_list_is_oldest_first_and_paged_both_ways(as_user, vera, crowd):
    api = as_user(vera, "read")
    everybody = [str(user.pk) for user in (vera, *crowd)]

    first = api.get("/v1/users?limit=4").json()
    second = api.get(first["next"]).json()
    back = api.get(second["previous"]).json()

    assert [user["id"] for user in first["results"] + second["results"]] == everybody
    assert (first["previous"], second["next"]) == (None, None)
    assert back["results"] == first["results"]


def test_a_page_knows_its_limit_and_its_cursor_alone(as_user, vera):
    api = as_user(vera)

    assert invalid(api.get("/v1/users?limit=0"), "limit")
    assert invalid(api.get("/v1/users?cursor=x"), "cursor")
    assert invalid(api.get("/v1/users?email=x&page=2"), "email", "page")


def test_a_list_of_one_and_of_five_costs_the_same_queries(as_user, vera, colleague, django_assert_num_queries):
    api = as_user(vera)
    api.get("/v1/users")  # notes the use of the token
    with django_assert_num_queries(2):
        assert len(api.get("/v1/users").json()["results"]) == 1

    for number in range(4):
        colleague(f"Person{number}")

    with django_assert_num_queries(2):
        assert len(api.get("/v1/users").json()["results"]) == 5


def test_one_user_costs_two_queries(as_user, vera, rui, django_assert_num_queries):
    api = as_user(vera)
    api.get("/v1/users")
    with django_assert_num_queries(2):
        shown = api.get(f"/v1/users/{rui.pk}").json()

    assert (shown["id"], shown["email"], shown["role"]) == (str(rui.pk), "rui@example.com", "responder")


def test_me_is_whoever_asks(as_user, in_session, vera, rui):
    assert as_user(vera, "read").get("/v1/users/me").json()["id"] == str(vera.pk)
    assert in_session(rui).get("/v1/users/me").json() == as_user(vera).get(f"/v1/users/{rui.pk}").json()


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_an_unknown_user_has_an_error_of_its_own(as_user, ada, method):
    path = f"/v1/users/{uuid.uuid4()}"

    assert refused(as_user(ada).call(method, path), 404, "USER_NOT_FOUND")
    assert refused(as_user(ada).call(method, f"{path}?x=1"), 404, "USER_NOT_FOUND")


@pytest.mark.parametrize(
    "broken", ["1", "me2", "9223372036854775808", "{id}/", "{id}0", "urn:uuid:{id}", "{bare}", "%00"]
)
def test_a_malformed_id_is_no_path(as_user, ada, broken):
    path = "/v1/users/" + broken.format(id=ada.pk, bare=ada.pk.hex)

    assert refused(as_user(ada).get(path), 404, "NOT_FOUND")


def test_nothing_secret_is_shown(as_user, ada, colleague):
    kim = colleague(password="a quite long sentence")

    shown = as_user(ada).get(f"/v1/users/{kim.pk}")

    fields = {"id", "email", "name", "role", "timezone", "is_active", "created_at", "updated_at"}
    assert set(shown.json()) == fields
    assert shown["Cache-Control"] == "private, no-cache"
    assert shown["Vary"] == "Authorization, Cookie"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST"])
def test_users_are_never_deleted_or_replaced(as_user, ada, rui, method):
    response = as_user(ada).call(method, f"/v1/users/{rui.pk}")

    assert refused(response, 405, "METHOD_NOT_ALLOWED")
    assert response["Allow"] == "GET, HEAD, OPTIONS, PATCH"
