"""What a real receiver got, judged by the library of the Standard Webhooks scheme, which is not ours."""

import json
from types import SimpleNamespace

import pytest
import standardwebhooks

from notifications import signing
from notifications.channels import webhook as channel
from notifications.tests.received import parts


@pytest.fixture
def api(as_user, ada):
    return as_user(ada)


@pytest.fixture
def made(api, receiver):
    """A webhook as its maker saw it, with its secret."""
    return api.post("/v1/webhooks", {"url": receiver.url()}).json()


def verifies(secret, request):
    """The library's answer to what was received."""
    headers, body = parts(request)
    try:
        return standardwebhooks.Webhook(secret).verify(body, headers) == json.loads(body)
    except standardwebhooks.WebhookVerificationError:
        return False


def test_what_is_received_verifies_and_what_was_changed_on_the_way_does_not(made, receiver, opened, work):
    opened()
    work()
    (request,) = receiver.requests

    assert verifies(made["secret"], request)
    assert not verifies(signing.new_secret(), request)
    assert not verifies(made["secret"], request.replace(b"Disk full", b"Disk fine"))
    assert not verifies(made["secret"], request.replace(b"webhook-id: evt_", b"webhook-id: evt_0"))
    assert parts(request)[0]["content-type"] == "application/json"


def test_both_secrets_verify_for_a_day_after_a_rotation_and_then_the_new_one_alone(
    api, made, receiver, opened, work, travel
):
    fresh = api.post(f"/v1/webhooks/{made['id']}/rotate").json()["secret"]
    opened()
    work()
    travel(hours=23, minutes=59)
    opened()
    work()
    travel(minutes=2)
    opened()
    work()

    assert fresh != made["secret"]
    assert [verifies(fresh, request) for request in receiver.requests] == [True, True, True]
    assert [verifies(made["secret"], request) for request in receiver.requests] == [True, True, False]


def test_the_id_stays_over_retries_and_the_timestamp_is_that_of_each_attempt(
    made, receiver, opened, work, answering, travel, monkeypatch
):
    answering(500)
    opened()
    for second in (1_000_000_000, 1_000_000_007):
        monkeypatch.setattr(channel, "time", SimpleNamespace(time=lambda second=second: second + 0.5))
        work()
        travel(minutes=1)
    first, second = (parts(request) for request in receiver.requests)

    assert first[0]["webhook-id"] == second[0]["webhook-id"] == json.loads(first[1])["id"]
    assert (first[0]["webhook-timestamp"], second[0]["webhook-timestamp"]) == ("1000000000", "1000000007")
    assert first[0]["webhook-signature"] != second[0]["webhook-signature"]
    assert first[1] == second[1]


def test_two_webhooks_get_the_same_event_by_the_same_id_signed_with_their_own_secrets(
    api, made, receiver, opened, work
):
    other = api.post("/v1/webhooks", {"url": receiver.url(path="/other")}).json()
    opened()
    work()
    at = {request.split(b" ")[1]: request for request in receiver.requests}

    assert verifies(made["secret"], at[b"/hook"])
    assert verifies(other["secret"], at[b"/other"])
    assert not verifies(made["secret"], at[b"/other"])
    assert len({parts(request)[0]["webhook-id"] for request in receiver.requests}) == 1
