"""The detail's ETag, its 304s and its cache in Redis: what may be kept, and for how long it is right."""

import orjson
import pytest
from django.core.cache import cache

from incidents import cache as incident_cache
from incidents import services
from users import services as user_services


def url(incident):
    return f"/v1/incidents/{incident.pk}"


@pytest.fixture
def without_redis(settings):
    """A Redis that nobody answers for."""
    settings.CACHES = settings.CACHES | {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}


def test_the_first_read_is_a_miss_and_the_next_ones_are_hits_of_the_same_bytes(as_user, rui, incident):
    answers = [as_user(rui).get(url(incident)) for _ in range(3)]

    assert [answer["X-Cache"] for answer in answers] == ["MISS", "HIT", "HIT"]
    assert len({answer.content for answer in answers}) == 1
    assert len({answer["ETag"] for answer in answers}) == 1


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {"title": "x"}),
        ("PATCH", "", {"assignee": None, "severity": "P3"}),
        ("PATCH", "/status", {"status": "ACK"}),
        ("POST", "/comments", {"body": "x"}),
    ],
)
def test_every_change_is_seen_by_the_next_read_with_another_etag(as_user, rui, incident, method, path, body):
    api = as_user(rui)
    before = api.get(url(incident))

    api.call(method, url(incident) + path, body)

    after = api.get(url(incident))
    assert after["ETag"] != before["ETag"]
    assert after.json()["version"] == before.json()["version"] + 1


@pytest.mark.parametrize("changes", [{"name": "Rui II"}, {"email": "rui2@example.com"}])
def test_a_changed_name_or_email_is_seen_by_the_next_read_with_another_etag(as_user, ada, rui, incident, changes):
    before = as_user(ada).get(url(incident))
    user_services.edit_user(rui.pk, actor=ada, **changes)

    after = as_user(ada).get(url(incident))

    assert after["X-Cache"] == "MISS"
    assert after["ETag"] != before["ETag"]
    assert after.json()["created_by"] | changes == after.json()["created_by"]


def test_a_changed_role_or_time_zone_leaves_the_cache_alone(as_user, ada, rui, incident):
    as_user(ada).get(url(incident))
    user_services.edit_user(rui.pk, actor=ada, role="viewer", timezone="Europe/Lisbon")

    assert as_user(ada).get(url(incident))["X-Cache"] == "HIT"


def test_the_answer_to_a_change_fills_the_cache(as_user, rui, incident):
    answer = as_user(rui).patch(url(incident), {"title": "x"})

    seen = as_user(rui).get(url(incident))

    assert seen["X-Cache"] == "HIT"
    assert seen.content == answer.content


def test_the_etag_is_strong_and_opaque(as_user, rui, incident):
    etag = as_user(rui).get(url(incident))["ETag"]

    assert etag.startswith('"')
    assert etag.endswith('"')


@pytest.mark.parametrize("header", ["{}", '"x", {}', "W/{}", "*", ' {} , W/"y"'])
def test_whoever_holds_this_representation_gets_304(as_user, rui, incident, header):
    etag = as_user(rui).get(url(incident))["ETag"]

    response = as_user(rui).get(url(incident), If_None_Match=header.format(etag))

    assert response.status_code == 304
    assert response["ETag"] == etag
    assert response["Cache-Control"] == "private, no-cache"
    assert response["X-Request-ID"]


@pytest.mark.parametrize("header", ['"0"', '"1"', "", "x", '"9.9.9"'])
def test_whoever_holds_another_gets_the_incident(as_user, rui, incident, header):
    response = as_user(rui).get(url(incident), If_None_Match=header)

    assert response.status_code == 200
    assert response.json()["id"] == str(incident.pk)


def test_an_old_etag_is_no_304_after_a_change(as_user, rui, incident):
    etag = as_user(rui).get(url(incident))["ETag"]
    services.comment(incident.pk, body="x", actor=rui)

    assert as_user(rui).get(url(incident), If_None_Match=etag).status_code == 200


def test_without_redis_every_read_is_a_right_miss(as_user, rui, incident, without_redis):
    answers = [as_user(rui).get(url(incident)) for _ in range(2)]
    changed = as_user(rui).patch(url(incident), {"title": "x"})
    after = as_user(rui).get(url(incident))

    assert [(answer.status_code, answer["X-Cache"]) for answer in answers] == [(200, "MISS"), (200, "MISS")]
    assert changed.status_code == 200
    assert (after.json()["title"], after["X-Cache"]) == ("x", "MISS")


def test_what_redis_holds_is_the_answer_under_a_key_that_names_the_incident(as_user, rui, incident, settings):
    answer = as_user(rui).get(url(incident))

    (key,) = cache.keys(f"incident:{incident.pk}*")
    assert cache.get(key) == answer.content
    assert settings.CACHE_TTL - 5 <= cache.ttl(key) <= settings.CACHE_TTL


def test_a_404_is_not_cached(as_user, rui):
    as_user(rui).get("/v1/incidents/00000000-0000-0000-0000-000000000001")

    assert cache.keys("incident:*") == []


def test_bytes_filed_under_an_old_version_are_never_shown(as_user, rui, incident):
    stamp = incident_cache.current(incident.pk)
    services.comment(incident.pk, body="x", actor=rui)
    incident_cache.put(incident.pk, stamp, orjson.dumps({"version": 1}))  # a fill that comes late

    assert as_user(rui).get(url(incident)).json()["version"] == 2


def test_what_a_comment_leaves_behind_goes_with_the_next_read(as_user, rui, incident):
    api = as_user(rui)
    api.get(url(incident))
    api.post(f"{url(incident)}/comments", {"body": "x"})

    answer = api.get(url(incident))

    (key,) = cache.keys(f"incident:{incident.pk}:*")
    assert (answer["X-Cache"], cache.get(key)) == ("MISS", answer.content)


@pytest.mark.parametrize("field", [["title"], ["assignee"], ["title", "assignee"], ["status"]])
def test_what_a_change_leaves_takes_the_place_of_what_was(as_user, rui, incident, field):
    api, wanted = as_user(rui), {"title": "x", "assignee": str(rui.pk), "status": "ACK"}
    api.get(url(incident))
    path = url(incident) + ("/status" if field == ["status"] else "")

    changed = api.patch(path, {name: wanted[name] for name in field})

    (key,) = cache.keys(f"incident:{incident.pk}:*")
    assert cache.get(key) == changed.content
