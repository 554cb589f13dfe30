"""A cursor belongs to its path, ordering and filters; any other is a 400 that names it."""

import string
from urllib.parse import unquote

import pytest
from django.core import signing

from incidents import services
from incidents.models import Incident
from incidents.tests.conftest import named

URL = "/v1/incidents"
LISTS = {
    "newest": f"{URL}?limit=1",
    "filtered": f"{URL}?limit=1&status=OPEN&severity=P1",
    "severity": f"{URL}?limit=1&ordering=severity",
    "updated": f"{URL}?limit=1&ordering=-updated_at",
    "search": f"{URL}?limit=1&q=disk",
    "relevance": f"{URL}?limit=1&q=disk&ordering=relevance",
    "events": f"{URL}/{{}}/events?limit=1",
}


@pytest.fixture
def some(rui, incident, opened):
    opened(severity="P1")
    services.comment(incident.pk, body="x", actor=rui)
    return incident


@pytest.fixture(params=LISTS)
def each(request, some):
    """The path of each list, with a limit of one."""
    return LISTS[request.param].format(some.pk)


def cursor(api, path):
    return unquote(api.get(path).json()["next"].rpartition("cursor=")[2])


def test_a_truncated_cursor_is_refused(as_user, rui, each):
    api = as_user(rui)
    whole = cursor(api, each)

    for length in {0, 1, len(whole) // 2, len(whole) - 20, len(whole) - 1}:
        assert named(api.get(f"{each}&cursor={whole[:length]}"), "cursor")


def test_a_cursor_with_one_changed_character_is_refused(as_user, rui, each):
    api = as_user(rui)
    whole = cursor(api, each)

    # The last character of base64 may hold spare bits: another one can mean the same.
    for place in range(0, len(whole) - 1, max(1, len(whole) // 12)):
        other = next(letter for letter in string.ascii_letters if letter != whole[place])
        assert named(api.get(f"{each}&cursor={whole[:place]}{other}{whole[place + 1 :]}"), "cursor")


def test_a_cursor_that_we_signed_for_something_else_is_refused(as_user, rui, each):
    api = as_user(rui)

    for salt in ("", "cursor", "django.core.signing.Signer"):
        forged = signing.Signer(salt=salt).sign_object(["n", "2026-11-23T00:00:00+00:00", "x"])
        assert named(api.get(f"{each}&cursor={forged}"), "cursor"), salt


RUBBISH = ["", "%00", "x", "x:y", ":", "%ff%fe", "é", "'; DROP TABLE x", "e30", "bnVsbA:x", "[]", "." * 3000, "\u202e"]


def test_rubbish_is_refused(as_user, rui, each):
    api = as_user(rui)

    for rubbish in RUBBISH:
        assert named(api.get(f"{each}&cursor={rubbish}"), "cursor"), rubbish


def test_a_cursor_of_one_list_is_refused_by_every_other(as_user, rui, some):
    api = as_user(rui)
    paths = [path.format(some.pk) for path in LISTS.values()]
    cursors = {path: cursor(api, path) for path in paths}

    for path in paths:
        for origin, text in cursors.items():
            answer = api.get(f"{path}&cursor={text}")
            assert answer.status_code == 200 if origin == path else named(answer, "cursor"), (path, origin)


def test_a_cursor_of_one_incidents_events_is_refused_by_anothers(as_user, rui, some, opened):
    other = opened()
    services.comment(other.pk, body="x", actor=rui)
    api = as_user(rui)
    text = cursor(api, f"{URL}/{some.pk}/events?limit=1")

    assert named(api.get(f"{URL}/{other.pk}/events?limit=1&cursor={text}"), "cursor")


@pytest.mark.parametrize("change", ["status=OPEN", "severity=P2", "q=disk", "ordering=severity", "created_by=me"])
def test_a_cursor_is_refused_beside_a_filter_that_came_later(as_user, rui, some, change):
    api = as_user(rui)
    text = cursor(api, f"{URL}?limit=1")

    assert named(api.get(f"{URL}?limit=1&{change}&cursor={text}"), "cursor")


def test_the_order_of_the_parameters_does_not_matter(as_user, rui, some):
    api = as_user(rui)
    text = cursor(api, f"{URL}?limit=1&status=OPEN&created_by=me")

    assert api.get(f"{URL}?created_by=me&cursor={text}&status=OPEN&limit=2").status_code == 200


def test_a_cursor_may_not_stand_twice(as_user, rui, each):
    api = as_user(rui)
    text = cursor(api, each)

    assert named(api.get(f"{each}&cursor={text}&cursor={text}"), "cursor")


def test_a_cursor_serves_whoever_may_read(as_user, rui, vera, each):
    text = cursor(as_user(rui), each)

    assert as_user(vera).get(f"{each}&cursor={text}").status_code == 200
    assert as_user().get(f"{each}&cursor={text}").status_code == 401


def test_a_cursor_outlives_the_row_that_it_was_made_from(as_user, rui, some):
    api = as_user(rui)
    first = api.get(f"{URL}?limit=1").json()
    Incident.objects.filter(pk=first["results"][0]["id"]).delete()

    assert [row["id"] for row in api.get(first["next"]).json()["results"]] == [str(some.pk)]
