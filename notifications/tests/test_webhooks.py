"""/v1/webhooks."""

import uuid

import pytest

from notifications import services
from notifications.models import Delivery, Endpoint, EventName, Kind
from users.models import AuditEntry

URL = "/v1/webhooks"
FIELDS = {
    "id",
    "url",
    "description",
    "events",
    "severities",
    "is_active",
    "disabled_reason",
    "created_at",
    "updated_at",
}
ADDRESS = "https://8.8.8.8/hook"


@pytest.fixture
def api(as_user, ada):
    return as_user(ada)


@pytest.fixture
def channel(ada):
    """An endpoint that is no webhook."""
    return services.create_endpoint(kind=Kind.SLACK, secret="{}", actor=ada, description="#ops")


def invalid(response, *fields):
    body = response.json()
    assert (response.status_code, body["code"], set(body["details"])) == (400, "VALIDATION_ERROR", set(fields)), body
    return True


def refused(response, status, code):
    assert (response.status_code, response.json()["code"]) == (status, code), response.content
    return True


def test_a_webhook_is_made_with_a_secret_that_is_shown_once(api):
    response = api.post(URL, {"url": ADDRESS})

    made = response.json()
    assert (response.status_code, response["Location"]) == (201, f"{URL}/{made['id']}")
    assert response["Cache-Control"] == "no-store"
    assert set(made) == FIELDS | {"secret"}
    assert made["secret"].startswith("whsec_")
    assert (made["description"], made["events"], made["severities"]) == ("", [], [])
    assert (made["is_active"], made["disabled_reason"]) == (True, None)
    shown = {name: made[name] for name in FIELDS}
    assert api.get(response["Location"]).json() == shown
    assert api.get(URL).json()["results"] == [shown]
    assert made["secret"] not in Endpoint.objects.get().secret


@pytest.mark.parametrize(("path", "body"), [("", {"url": ADDRESS}), ("/{0}/rotate", {})])
def test_a_replay_leaves_the_secret_out(api, webhook, path, body):
    path = URL + path.format(webhook.pk)
    first = api.post(path, body, Idempotency_Key="k")

    replay = api.post(path, body, Idempotency_Key="k")

    assert (replay.status_code, replay["Idempotency-Replayed"]) == (200, "true")
    assert replay.json() == {name: first.json()[name] for name in FIELDS}
    assert "secret" in first.json()


def test_all_of_it_can_be_said_and_changed(api):
    body = {"url": ADDRESS, "description": "Pager", "events": ["incident.created", "ping"], "severities": ["P1", "P2"]}
    made = api.post(URL, body).json()
    changes = {"url": "https://8.8.4.4/x", "description": "", "events": [], "severities": ["P3"], "is_active": False}

    changed = api.patch(f"{URL}/{made['id']}", changes)

    assert {name: made[name] for name in body} == body
    assert changed.status_code == 200
    assert {name: changed.json()[name] for name in changes} == changes
    assert api.get(f"{URL}/{made['id']}").json() == changed.json()


def test_a_patch_that_changes_nothing_leaves_no_entry(api, webhook):
    before = api.get(f"{URL}/{webhook.pk}").json()

    for body in ({}, {"description": "", "is_active": True, "events": []}):
        assert api.patch(f"{URL}/{webhook.pk}", body).json() == before
    assert AuditEntry.objects.filter(action="webhook.changed").count() == 0


@pytest.mark.parametrize("method", ["post", "patch"])
@pytest.mark.parametrize("field", ["id", "secret", "kind", "owner", "disabled_reason", "created_at", "x"])
def test_what_is_not_theirs_to_set_is_refused_by_name(api, webhook, method, field):
    path = URL if method == "post" else f"{URL}/{webhook.pk}"

    assert invalid(getattr(api, method)(path, {"url": ADDRESS, field: "x"}), field)


@pytest.mark.parametrize("action", ["rotate", "test"])
def test_an_action_takes_no_field(api, webhook, action):
    assert invalid(api.post(f"{URL}/{webhook.pk}/{action}", {"x": 1}), "x")


def test_the_url_is_required(api):
    assert invalid(api.post(URL, {"description": "x"}), "url")


def test_the_list_is_newest_first_and_paged(api):
    made = [api.post(URL, {"url": f"{ADDRESS}/{number}"}).json()["id"] for number in range(5)]

    first = api.get(f"{URL}?limit=3").json()
    second = api.get(first["next"]).json()

    assert [row["id"] for row in first["results"] + second["results"]] == made[::-1]
    assert second["next"] is None
    assert api.get(second["previous"]).json()["results"] == first["results"]


def test_a_list_of_one_and_of_five_costs_the_same_queries(api, webhook, ada, django_assert_num_queries):
    for more in (0, 4):
        for _ in range(more):
            services.create_webhook(url=ADDRESS, actor=ada)
        api.get(URL)  # notes the use of the token
        with django_assert_num_queries(2):
            assert len(api.get(URL).json()["results"]) == more + 1


def test_a_deleted_webhook_is_gone_and_its_deliveries_are_not(api, webhook, opened, react):
    opened(severity="P3")
    react()

    response = api.delete(f"{URL}/{webhook.pk}")

    assert response.status_code == 204
    assert refused(api.get(f"{URL}/{webhook.pk}"), 404, "NOT_FOUND")
    (kept,) = api.get("/v1/deliveries").json()["results"]
    assert (kept["webhook"], kept["state"], kept["target"]) == (None, "CANCELLED", webhook.url)
    assert refused(api.post(f"/v1/deliveries/{kept['id']}/redeliver"), 409, "CONFLICT")


CALLS = [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/rotate"), ("POST", "/test"), ("POST", "/redeliver")]


@pytest.mark.parametrize(("method", "rest"), CALLS)
@pytest.mark.parametrize("body", [None, {"x": 1}, {"since": "2026-01-01T00:00:00Z"}])
def test_what_is_not_there_and_what_is_no_webhook_are_404(api, channel, method, rest, body):
    before = Endpoint.objects.values().get()

    for id in (channel.pk, uuid.uuid4(), "nonsense"):
        response = api.call(method, f"{URL}/{id}{rest}", None if method in ("GET", "DELETE") else body)
        assert refused(response, 404, "NOT_FOUND")
    assert api.get(URL).json()["results"] == []
    assert Endpoint.objects.values().get() == before
    assert not Delivery.objects.exists()


def test_every_change_is_in_the_audit_log_without_a_secret(api, ada):
    made = api.post(URL, {"url": ADDRESS}).json()
    path = f"{URL}/{made['id']}"
    fresh = api.post(f"{path}/rotate").json()["secret"]
    api.patch(path, {"severities": ["P1"], "url": ADDRESS})
    api.delete(path)

    log = api.get("/v1/audit")
    entries = log.json()["results"][:4][::-1]
    assert [each["action"] for each in entries] == [
        "webhook.created",
        "webhook.secret_rotated",
        "webhook.changed",
        "webhook.deleted",
    ]
    assert {each["target"]["id"] for each in entries} == {made["id"]}
    assert {each["actor"]["id"] for each in entries} == {str(ada.pk)}
    assert (entries[2]["before"], entries[2]["after"]) == ({"severities": []}, {"severities": ["P1"]})
    assert all(secret.encode() not in log.content for secret in (made["secret"], fresh, "whsec_"))


def test_the_names_of_events_are_those_of_the_contract(api):
    names = ["created", "updated", "status_changed", "assigned", "commented", "deleted"]

    assert sorted(EventName.values) == sorted([*(f"incident.{name}" for name in names), "ping"])
    assert api.post(URL, {"url": ADDRESS, "events": EventName.values}).status_code == 201
