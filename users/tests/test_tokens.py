"""/v1/tokens."""

import uuid

import pytest

from users import tokens
from users.models import ApiToken
from users.tests.conftest import entries, forbidden, invalid, refused, unauthenticated

CI = {"name": " ci ", "scope": "write"}
FIELDS = {"id", "name", "scope", "user", "prefix", "expires_at", "last_used_at", "created_at"}


def with_secret(secret, as_user):
    api = as_user()
    api.headers["Authorization"] = f"Bearer {secret}"
    return api


def test_a_token_is_shown_once_and_works(as_user, rui):
    api = as_user(rui)

    response = api.post("/v1/tokens", CI)

    made = response.json()
    assert response.status_code == 201
    assert response["Cache-Control"] == "no-store"
    assert set(made) == FIELDS | {"token"}
    assert (made["name"], made["scope"], made["expires_at"], made["last_used_at"]) == ("ci", "write", None, None)
    assert made["user"] == {"id": str(rui.pk), "name": "Rui", "email": "rui@example.com"}
    assert made["token"].startswith(made["prefix"])
    assert made["prefix"].startswith("inc_")
    assert with_secret(made["token"], as_user).get("/v1/users/me").json()["id"] == str(rui.pk)
    assert {frozenset(row) for row in api.get("/v1/tokens").json()["results"]} == {frozenset(FIELDS)}
    assert made["token"] not in api.get("/v1/tokens").content.decode()


@pytest.mark.parametrize("person", ["vera", "rui", "ada"])
def test_everyone_has_tokens_of_their_own_by_session_or_scope_write(as_user, in_session, request, person):
    user = request.getfixturevalue(person)
    for api in (in_session(user), as_user(user, "write")):
        made = api.post("/v1/tokens", CI).json()
        assert made["id"] in [row["id"] for row in api.get("/v1/tokens").json()["results"]]
        assert api.delete(f"/v1/tokens/{made['id']}").status_code == 204
        assert unauthenticated(with_secret(made["token"], as_user).get("/v1/users"))


def test_a_token_of_scope_read_handles_no_tokens(as_user, rui):
    api = as_user(rui, "read")
    own = ApiToken.objects.get()

    assert forbidden(api.get("/v1/tokens"))
    assert forbidden(api.post("/v1/tokens", {"name": "t", "scope": "read"}))
    assert forbidden(api.delete(f"/v1/tokens/{own.pk}"))


def test_the_list_holds_what_is_not_revoked_newest_first(as_user, rui, vera):
    api = as_user(rui)
    tokens.issue_token(vera, name="other's", scope="read", actor=None)
    made = [api.post("/v1/tokens", {"name": name, "scope": "read"}).json()["id"] for name in "abc"]
    api.delete(f"/v1/tokens/{made[1]}")

    first = api.get("/v1/tokens?limit=2").json()
    second = api.get(first["next"]).json()

    assert [row["id"] for row in first["results"]] == [made[2], made[0]]
    assert [row["name"] for row in second["results"]] == ["test"]
    assert second["next"] is None


def test_a_list_of_one_and_of_five_costs_the_same_queries(as_user, rui, django_assert_num_queries):
    api = as_user(rui)
    api.get("/v1/tokens")  # notes the use of the token
    with django_assert_num_queries(2):
        assert len(api.get("/v1/tokens").json()["results"]) == 1

    for name in "abcd":
        tokens.issue_token(rui, name=name, scope="read", actor=None)

    with django_assert_num_queries(2):
        assert len(api.get("/v1/tokens").json()["results"]) == 5


def test_an_admin_sees_makes_and_revokes_everybodys(as_user, ada, rui):
    api = as_user(ada)

    made = api.post("/v1/tokens", {**CI, "user": str(rui.pk)}).json()
    listed = api.get(f"/v1/tokens?user={rui.pk}").json()["results"]
    gone = api.delete(f"/v1/tokens/{made['id']}")

    assert made["user"]["id"] == str(rui.pk)
    assert [row["id"] for row in listed] == [made["id"]]
    assert gone.status_code == 204
    assert api.get(f"/v1/tokens?user={rui.pk}").json()["results"] == []
    assert [row["user"]["id"] for row in api.get("/v1/tokens").json()["results"]] == [str(ada.pk)]


def test_nobody_else_sees_makes_or_revokes_a_strangers(as_user, ada, rui, vera):
    veras = tokens.issue_token(vera, name="t", scope="read", actor=None)[0]

    for api in (as_user(rui), as_user(ada, "write")):
        assert forbidden(api.get(f"/v1/tokens?user={vera.pk}"))
        assert forbidden(api.post("/v1/tokens", {**CI, "user": str(vera.pk)}))
        stranger = api.delete(f"/v1/tokens/{veras.pk}")
        nothing = api.delete(f"/v1/tokens/{uuid.uuid4()}")
        assert refused(stranger, 404, "NOT_FOUND")
        assert stranger.json()["message"] == nothing.json()["message"]
    assert ApiToken.objects.live().filter(pk=veras.pk).exists()


def test_one_may_name_oneself(as_user, rui):
    api = as_user(rui)

    assert api.post("/v1/tokens", {**CI, "user": str(rui.pk)}).status_code == 201
    assert api.get(f"/v1/tokens?user={rui.pk}").status_code == 200


def test_a_token_is_revoked_once(as_user, rui):
    api = as_user(rui)
    made = api.post("/v1/tokens", CI).json()
    api.delete(f"/v1/tokens/{made['id']}")

    assert refused(api.delete(f"/v1/tokens/{made['id']}"), 404, "NOT_FOUND")
    assert len(entries("token.revoked")) == 1


def test_a_token_may_revoke_itself(as_user, rui):
    api = as_user(rui)

    assert api.delete(f"/v1/tokens/{ApiToken.objects.get().pk}").status_code == 204
    assert unauthenticated(api.get("/v1/users"))


@pytest.mark.django_db(transaction=True)
def test_of_many_who_revoke_at_once_one_does(as_user, rui, at_once):
    api = as_user(rui)
    made = api.post("/v1/tokens", CI).json()

    answers = at_once([lambda: api.delete(f"/v1/tokens/{made['id']}")] * 8)

    assert sorted(answer.status_code for answer in answers) == [204] + [404] * 7
    assert len(entries("token.revoked")) == 1


@pytest.mark.parametrize("body", [{}, {"name": "t"}, {"scope": "read"}])
def test_a_missing_field_is_named(as_user, rui, body):
    assert invalid(as_user(rui).post("/v1/tokens", body), *({"name", "scope"} - set(body)))


@pytest.mark.parametrize("field", ["id", "prefix", "token", "digest", "last_used_at", "created_at", "revoked_at"])
def test_what_is_not_theirs_to_set_is_refused_by_name(as_user, rui, field):
    assert invalid(as_user(rui).post("/v1/tokens", {**CI, field: "x"}), field)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH"])
def test_a_token_is_only_revoked(as_user, rui, method):
    response = as_user(rui).call(method, f"/v1/tokens/{uuid.uuid4()}")

    assert refused(response, 405, "METHOD_NOT_ALLOWED")
    assert response["Allow"] == "DELETE, OPTIONS"


def test_the_query_of_the_list_is_checked(as_user, ada):
    api = as_user(ada)

    assert invalid(api.get("/v1/tokens?user=me"), "user")
    assert invalid(api.get(f"/v1/tokens?user={ada.pk}&user={ada.pk}"), "user")
    assert invalid(api.get("/v1/tokens?owner=1"), "owner")
    assert api.get(f"/v1/tokens?user={uuid.uuid4()}").json()["results"] == []
