"""Every operation of the document, called for real; `Api` compares each answer with what the document tells."""

import json
import socket
from dataclasses import dataclass

import pytest

from core import health
from core.tests.network_edge import Names
from incidents.models import Incident
from notifications import services as webhooks
from notifications.models import Delivery
from tests import published
from users import tokens
from users.models import User

OPERATIONS = {operation["operationId"]: route for route, operation in published.operations().items()}
STATUS = {"create": 201, "comments": 201, "destroy": 204, "test": 202, "redeliver": 202}


@dataclass
class World:
    incident: Incident
    rui: User
    token: str
    delivery: Delivery

    def path_of(self, template):
        owner = template.split("/")[2] if template.startswith("/v1/") else ""
        keys = {"incidents": self.incident.pk, "users": self.rui.pk, "tokens": self.token}
        keys |= {"deliveries": self.delivery.pk, "webhooks": self.delivery.endpoint_id}
        return template.replace("{id}", str(keys.get(owner, "")))


@pytest.fixture
def hooks(monkeypatch):
    """The host of the document's webhooks has an address, and all others have what they have."""
    names, ask = Names(default=["93.184.215.14"]), socket.getaddrinfo

    def answer(host, *more, **kind):
        return (names.getaddrinfo if host == "hooks.example.com" else ask)(host, *more, **kind)

    monkeypatch.setattr(socket, "getaddrinfo", answer)


@pytest.fixture
def world(incident, rui, hooks):
    token = tokens.issue_token(rui, name="ci", scope="read", actor=None)[0]
    webhook = webhooks.create_webhook(url="https://hooks.example.com/", actor=None)[0]
    return World(incident, rui, token.pk, webhooks.ping(webhook.pk, actor=None))


@pytest.fixture
def probed(monkeypatch):
    """Health checks of our own, whose connection ends with the test: a database in use cannot be dropped."""
    database = health.Database()
    for path in ("/ready", "/ready/core"):
        monkeypatch.setitem(health.READY[path], "database", health.Check(database.probe))
    yield
    if database.connection:
        database.connection.close()


def first_example(route):
    body = published.operations()[route].get("requestBody")
    if body is None:
        return None
    return next(iter(body["content"]["application/json"]["examples"].values()))["value"]


NOT_PROBED = {"ready_worker"}  # no worker runs here: answered below


@pytest.mark.parametrize("operation_id", sorted(set(OPERATIONS) - NOT_PROBED))
def test_an_operation_answers_as_the_document_tells(as_user, ada, world, probed, operation_id):
    method, template = route = OPERATIONS[operation_id]

    response = as_user(ada).call(method, world.path_of(template), first_example(route))

    assert response.status_code == STATUS.get(operation_id.partition("_")[2], 200), response.content


@pytest.mark.parametrize("operation_id", sorted(name for name, route in OPERATIONS.items() if route[0] == "POST"))
def test_a_replay_is_told_of_too(as_user, ada, world, operation_id):
    method, template = route = OPERATIONS[operation_id]
    keyed = {"Idempotency_Key": "twice"}

    as_user(ada).call(method, world.path_of(template), first_example(route), **keyed)
    response = as_user(ada).call(method, world.path_of(template), first_example(route), **keyed)

    assert response.status_code == 200
    assert response["Idempotency-Replayed"] == "true"


def test_each_kind_of_event_is_told_of(as_user, ada, world):
    api, path = as_user(ada), world.path_of("/v1/incidents/{id}")

    api.patch(path, {"title": "Disk full on db-8", "metadata": {"rack": [1, None]}, "assignee": str(ada.pk)})
    api.patch(path, {"assignee": None})
    api.post(f"{path}/comments", {"body": "Looking."})
    api.patch(f"{path}/status", {"status": "ACK", "note": "Mine."})
    response = api.get(f"{path}/events")

    kinds = {event["type"] for event in response.json()["results"]}
    assert kinds == {"CREATED", "UPDATED", "ASSIGNED", "COMMENTED", "STATUS_CHANGED"}


def test_an_answer_that_is_not_modified_is_told_of(as_user, ada, world):
    api, path = as_user(ada), world.path_of("/v1/incidents/{id}")

    response = api.get(path, If_None_Match=api.get(path)["ETag"])

    assert response.status_code == 304


@pytest.mark.parametrize("path", health.READY)
def test_a_service_that_is_not_ready_is_told_of(as_user, monkeypatch, path):
    def fail():
        raise health.Failed

    for name in health.READY[path]:
        monkeypatch.setitem(health.READY[path], name, health.Check(fail))

    response = as_user().get(path)

    assert response.status_code == 503


class TestTheJudge:
    """A check that could not fail would prove nothing of the above."""

    @pytest.fixture
    def answer(self, as_user, ada, world):
        return as_user(ada).get(world.path_of("/v1/incidents/{id}"))

    @pytest.mark.parametrize("change", [{"surprise": 1}, {"severity": "P9"}, {"id": "42"}, {"events": [{}]}])
    def test_refuses_a_body_that_the_document_does_not_tell_of(self, answer, world, change):
        answer.content = json.dumps(answer.json() | change).encode()

        with pytest.raises(AssertionError, match="another body"):
            published.judge("GET", world.path_of("/v1/incidents/{id}"), answer)

    def test_refuses_a_missing_header(self, answer, world):
        del answer.headers["ETag"]

        with pytest.raises(AssertionError, match="ETag is missing"):
            published.judge("GET", world.path_of("/v1/incidents/{id}"), answer)

    def test_refuses_a_header_and_a_status_that_nobody_was_told_of(self, answer, world):
        answer.headers["Location"] = "/"
        with pytest.raises(AssertionError, match="not told of"):
            published.judge("GET", world.path_of("/v1/incidents/{id}"), answer)

        answer.status_code = 202
        with pytest.raises(AssertionError, match="does not tell of 202"):
            published.judge("GET", world.path_of("/v1/incidents/{id}"), answer)
