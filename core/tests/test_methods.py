"""What holds on every endpoint: OPTIONS, HEAD, the request id, and query parameters that nobody knows."""

from ipaddress import ip_network

import pytest
from django.urls import get_resolver

ROUTES = {
    str(route.pattern): route.callback
    for group in get_resolver().url_patterns
    if str(group.pattern) == "v1/"
    for route in group.url_patterns
}
CALLS = [(route, method.upper()) for route, view in ROUTES.items() for method in view.actions if method != "head"]
READS = [route for route, method in CALLS if method == "GET"]
WITHOUT_HEAD = {"stream"}


@pytest.fixture
def path_of(as_user, ada, incident, settings):
    """The path of a route, with the id of something that is there."""
    settings.WEBHOOK_ALLOW_HTTP, settings.WEBHOOK_ALLOW_CIDRS = True, [ip_network("127.0.0.0/8")]
    api = as_user(ada)
    made = {
        "incidents": lambda: incident.pk,
        "users": lambda: ada.pk,
        "tokens": lambda: api.post("/v1/tokens", {"name": "ci", "scope": "read"}).json()["id"],
        "webhooks": lambda: api.post("/v1/webhooks", {"url": "http://127.0.0.1/hook"}).json()["id"],
        "deliveries": lambda: api.post(f"/v1/webhooks/{made['webhooks']()}/test").json()["id"],
    }

    def path(route):
        return f"/v1/{route.replace('<uuid:pk>', str(made[route.split('/')[0]]()) if '<uuid:pk>' in route else '')}"

    return path


def test_there_are_routes():
    assert {"incidents", "incidents/<uuid:pk>/status", "users/me", "tokens/<uuid:pk>", "audit"} <= set(ROUTES)


@pytest.mark.parametrize("route", ROUTES)
def test_options_says_what_is_allowed_and_asks_for_no_credentials(as_user, path_of, route):
    response = as_user().call("OPTIONS", path_of(route), Origin="https://evil.example")
    allowed = {method for each, method in CALLS if each == route} | {"OPTIONS"}
    has_head = route in READS and route not in WITHOUT_HEAD

    assert response.status_code == 204
    assert set(response["Allow"].split(", ")) == allowed | ({"HEAD"} if has_head else set())
    assert "Content-Type" not in response
    assert "X-Request-ID" in response
    assert not [name for name in response.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize("route", sorted(set(READS) - WITHOUT_HEAD))
def test_head_is_answered_like_get(as_user, ada, path_of, route):
    head, get = (as_user(ada).call(method, path_of(route)) for method in ("HEAD", "GET"))
    varying = {"X-Request-ID", "X-Cache", "Content-Length", "RateLimit"}

    assert head.status_code == get.status_code == 200
    assert {k: v for k, v in head.items() if k not in varying} == {k: v for k, v in get.items() if k not in varying}


@pytest.mark.parametrize(("route", "method"), CALLS)
def test_an_unknown_query_parameter_is_refused_by_name(as_user, ada, path_of, route, method):
    response = as_user(ada).call(method, f"{path_of(route)}?colour=red&%00=1&severity[]=P1")

    assert response.status_code == 400
    assert response.json()["code"] == "VALIDATION_ERROR"
    assert set(response.json()["details"]) == {"colour", "\0", "severity[]"}


@pytest.mark.parametrize(("route", "method"), CALLS)
def test_the_trailing_slash_is_another_path(as_user, ada, path_of, route, method):
    assert as_user(ada).call(method, f"{path_of(route)}/").status_code == 404


@pytest.mark.parametrize("route", READS)
def test_there_is_no_content_negotiation(as_user, ada, path_of, route):
    plain, picky = (as_user(ada).get(path_of(route), **headers) for headers in ({}, {"Accept": "application/xml"}))

    assert picky.status_code == 200
    assert picky["Content-Type"] == plain["Content-Type"]
    assert as_user(ada).get(f"{path_of(route)}?format=api").status_code == 400


@pytest.mark.parametrize("offered", ["a", "A-z.0_9:", "8e03978e-40d5-43dd-bc93-6894a57f9324", "x" * 128])
def test_a_well_formed_request_id_of_the_client_is_kept(as_user, rui, offered):
    for path in ("/v1/users/me", "/v1/nothing", "/nothing", "/health", "/admin/login/"):
        assert as_user(rui).get(path, X_Request_ID=offered)["X-Request-ID"] == offered


@pytest.mark.parametrize(
    "offered",
    [
        *("", " ", "a b", "x" * 129, "x" * 10_000, "a,b", "a\r\nSet-Cookie: x=1", '{"level":"INFO"}', "../../etc"),
        *("<script>", "é", "a\n", "\x1b[31m", "\0", "१२३"),
    ],
)
def test_any_other_is_replaced_by_a_new_one(as_user, rui, offered):
    answers = [as_user(rui).get(path, X_Request_ID=offered) for path in ("/v1/users/me", "/v1/nothing", "/health")]
    ids = [answer["X-Request-ID"] for answer in answers]

    assert [answer.status_code for answer in answers] == [200, 404, 200]
    assert len(set(ids)) == 3
    assert all(len(each) == 36 and each != offered for each in ids)


def test_without_one_every_answer_has_a_new_one(as_user, rui):
    ids = {as_user(rui).get("/v1/users/me")["X-Request-ID"] for _ in range(3)}

    assert len(ids) == 3
