"""A request with two faults is answered for the one that the contract puts first."""

from dataclasses import dataclass, field
from itertools import combinations

import pytest
from django.test import Client

MIB = 1024 * 1024
NOBODY = "00000000-0000-0000-0000-000000000000"


@dataclass
class Sent:
    """A comment on an incident, or an edit of it, as it would go out without any fault."""

    method: str
    path: str
    token: str | None
    viewers_token: str
    body: str = '{"body": "Looking"}'
    content_type: str = "application/json"
    headers: dict = field(default_factory=dict)
    is_over_budget: bool = False


def wrong_credentials(sent):
    sent.token = "inc_" + "x" * 40


def no_path(sent):
    sent.path = "/v1/incident"


def wrong_method(sent):
    sent.method = "PUT"


def no_credentials(sent):
    sent.token = None


def too_small_a_role(sent):
    sent.token = sent.viewers_token


def over_budget(sent):
    sent.is_over_budget = True


def too_large(sent):
    sent.body = " " * (MIB + 1)


def wrong_media_type(sent):
    sent.content_type = "text/plain"


def malformed_key(sent):
    sent.headers["Idempotency-Key"] = "a,b"


def malformed_json(sent):
    sent.body = "{"


def key_of_another_request(sent):
    sent.headers["Idempotency-Key"] = "used"


def no_object(sent):
    sent.path = sent.path.replace(sent.path.split("/")[3], NOBODY)


def old_version(sent):
    sent.method, sent.path, sent.body = "PATCH", sent.path.removesuffix("/comments"), '{"title": "New"}'
    sent.headers["If-Match"] = '"99"'


def unknown_field(sent):
    sent.body = '{"colour": "red"}'


FAULTS = {
    wrong_credentials: (401, "NOT_AUTHENTICATED"),
    no_path: (404, "NOT_FOUND"),
    wrong_method: (405, "METHOD_NOT_ALLOWED"),
    no_credentials: (401, "NOT_AUTHENTICATED"),
    too_small_a_role: (403, "PERMISSION_DENIED"),
    over_budget: (429, "RATE_LIMIT_EXCEEDED"),
    too_large: (413, "PAYLOAD_TOO_LARGE"),
    wrong_media_type: (415, "UNSUPPORTED_MEDIA_TYPE"),
    malformed_key: (400, "Idempotency-Key"),
    malformed_json: (400, "non_field_errors"),
    key_of_another_request: (409, "IDEMPOTENCY_KEY_CONFLICT"),
    no_object: (404, "INCIDENT_NOT_FOUND"),
    old_version: (412, "PRECONDITION_FAILED"),
    unknown_field: (400, "colour"),
}
# One request cannot have both: they are about one header, one path, one body; or about POST and PATCH.
APART = [
    {wrong_credentials, no_credentials, too_small_a_role},
    {no_path, no_object},
    {too_large, malformed_json, unknown_field},
    {malformed_key, key_of_another_request, old_version},
]
# `old_version` starts a request of its own, so the fault beside it comes after it.
PAIRS = [(a, b) for a, b in combinations(FAULTS, 2) if not any({a, b} <= group for group in APART)]


@pytest.fixture
def sent(as_user, rui, vera, incident) -> Sent:
    path = f"/v1/incidents/{incident.pk}/comments"
    as_user(rui).post(path, {"body": "Another"}, Idempotency_Key="used")
    token, viewers = (as_user(user).headers["Authorization"].removeprefix("Bearer ") for user in (rui, vera))
    return Sent("POST", path, token, viewers)


def answer(sent: Sent, settings):
    if sent.is_over_budget:
        settings.RATE_LIMITS = settings.RATE_LIMITS | {"writes": (0, 60, 0)}
    authorization = {"Authorization": f"Bearer {sent.token}"} if sent.token else {}
    return Client().generic(
        sent.method, sent.path, sent.body, sent.content_type, headers={**authorization, **sent.headers}
    )


def kind(response) -> tuple[int, str]:
    """The status, and the code; the field where the code is that of all invalid input."""
    body = response.json()
    code = body["code"]
    return response.status_code, next(iter(body["details"])) if code == "VALIDATION_ERROR" else code


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_each_fault_alone(sent, settings, fault):
    fault(sent)

    assert kind(answer(sent, settings)) == FAULTS[fault]


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=lambda fault: fault.__name__)
def test_of_two_faults_the_first_is_answered(sent, settings, first, second):
    for fault in sorted((first, second), key=lambda fault: fault is not old_version):
        fault(sent)

    assert kind(answer(sent, settings)) == FAULTS[first]


def test_without_a_fault_it_is_written(sent, settings):
    assert answer(sent, settings).status_code == 201


def test_a_replay_comes_before_what_has_changed_since(sent, settings, as_user, ada, incident):
    sent.headers["Idempotency-Key"] = "mine"
    answer(sent, settings)
    as_user(ada).delete(f"/v1/incidents/{incident.pk}")

    assert answer(sent, settings).status_code == 200


def test_a_replay_comes_after_the_budget(sent, settings):
    sent.headers["Idempotency-Key"] = "mine"
    answer(sent, settings)
    over_budget(sent)

    assert answer(sent, settings).status_code == 429


def test_a_forged_request_is_refused_before_the_role_and_after_the_path(rui, vera, incident):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(vera)
    forged, lost = (
        browser.post(path, {"body": "x"}, content_type="application/json")
        for path in (f"/v1/incidents/{incident.pk}/comments", "/v1/incident")
    )

    assert (forged.status_code, forged.json()["code"]) == (403, "PERMISSION_DENIED")
    assert "CSRF" in forged.json()["message"]
    assert lost.status_code == 404


def test_wrong_credentials_never_fall_back_to_anybody(sent, settings):
    settings.API_ANONYMOUS_ROLE = "admin"
    wrong_credentials(sent)

    assert kind(answer(sent, settings)) == (401, "NOT_AUTHENTICATED")
