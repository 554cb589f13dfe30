"""Whatever stands in a field of a webhook or of a redelivery: an answer that names it, and never a fault of ours."""

import json

import pytest

from core.tests.conftest import names  # noqa: F401  a fixture
from notifications.models import Endpoint
from notifications.tests.test_webhooks import ADDRESS, invalid

TYPES = [None, True, 1, 1.5, -1, [], ["x"], [None], [[]], {}, {"x": 1}, 2**53 - 1]
TEXTS = ["a\x00b", "\ud800", "a\udfffb", "x" * 3000, "\r\n", "{{7*7}}", "%(a)s", "😀" * 300, "‮x", ""]
EVENTS = [["incident.created", "x"], ["INCIDENT.CREATED"], ["incident.created\x00"], ["\ud800"], ["P1"] * 5000]
TIMES = ["2026-11-24", "2026-11-24T00:00:00", "99999-01-01T00:00:00Z", "0000-00-00T00:00:00Z", "now", "1e9"]
TIMES += ["9999-12-31T23:59:59-00:01"]  # past the last that there is
FITS = {
    "description": ("\r\n", "{{7*7}}", "%(a)s", "‮x", ""),
    "events": ([],),
    "severities": ([],),
    "is_active": (True,),
}
FIELDS = {
    "url": TYPES + TEXTS,
    "description": TYPES + TEXTS,
    "events": TYPES + TEXTS + EVENTS,
    "severities": TYPES + TEXTS + EVENTS[:4],
    "is_active": TYPES + TEXTS,
}
UNSOUND = ["[]", "null", "{", "{}{}", "[" * 100_000, '{"url": 1, "url": 2}', '{"url": NaN}', b"\xff", '{"\\ud800": 1}']


@pytest.fixture
def api(as_user, ada, settings, names):  # noqa: F811  the fixture
    settings.RATE_LIMITS_ENABLED = False
    return as_user(ada)


def is_allowed(value, field):
    """Not by `in`, for which 1 is True."""
    return any(type(fit) is type(value) and fit == value for fit in FITS.get(field, ()))


@pytest.mark.parametrize("field", FIELDS)
def test_a_webhook_with_a_wrong_field_is_neither_made_nor_changed(api, webhook, field):
    for value in FIELDS[field]:
        created = api.post("/v1/webhooks", json.dumps({"url": ADDRESS, field: value})) if field != "is_active" else None
        patched = api.patch(f"/v1/webhooks/{webhook.pk}", json.dumps({field: value}))

        if is_allowed(value, field):
            assert patched.json()[field] == value
            assert created is None or created.json()[field] == value
        else:
            assert invalid(patched, field), value
            assert created is None or invalid(created, field), value
            assert len(patched.content) < 2000
    assert Endpoint.objects.get(pk=webhook.pk).url == webhook.url


def test_a_description_has_at_most_a_hundred_characters(api):
    assert api.post("/v1/webhooks", {"url": ADDRESS, "description": "😀" * 100}).status_code == 201
    assert invalid(api.post("/v1/webhooks", {"url": ADDRESS, "description": "x" * 101}), "description")


def test_words_that_come_again_count_once(api):
    made = api.post("/v1/webhooks", {"url": ADDRESS, "severities": ["P3", "P1", "P3"]}).json()

    assert made["severities"] == ["P3", "P1"]


@pytest.mark.parametrize("field", ["since", "until"])
def test_a_redelivery_from_or_to_a_wrong_moment_sends_nothing(api, webhook, field):
    for value in TYPES + TEXTS + TIMES:
        body = json.dumps({"since": "2026-01-01T00:00:00Z"} | {field: value})

        assert invalid(api.post(f"/v1/webhooks/{webhook.pk}/redeliver", body), field), value


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-11-24t00:00:00z"])
def test_any_moment_that_there_is_will_do(api, webhook, since):
    assert api.post(f"/v1/webhooks/{webhook.pk}/redeliver", {"since": since}).status_code == 202


@pytest.mark.parametrize("rest", ["", "/{0}/rotate", "/{0}/test", "/{0}/redeliver"])
def test_a_body_that_is_no_sound_object_is_refused_as_a_whole(api, webhook, rest):
    for body in UNSOUND:
        response = api.post("/v1/webhooks" + rest.format(webhook.pk), body)

        assert response.status_code == 400, body
        assert set(response.json()["details"]) <= {"non_field_errors", "url"}
    assert Endpoint.objects.count() == 1


@pytest.mark.parametrize("path", ["/v1/webhooks", "/v1/deliveries"])
@pytest.mark.parametrize("query", ["limit=%00", "limit=1e3", "cursor=%ED%A0%80", "a%00b=1", "limit="])
def test_a_hostile_query_is_refused(api, path, query):
    assert api.get(f"{path}?{query}").status_code == 400
