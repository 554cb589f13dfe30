"""A read that starts after a write was answered never shows an older state, whatever happens between read and fill."""

import random
import time
from functools import partial

import pytest
from django.core.cache import cache as redis

from incidents import cache, detail
from incidents.tests.conftest import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("unlimited")]

SECONDS = 3
READERS = 4


@pytest.fixture
def pauses(monkeypatch):
    """Random pauses after the stamp was read and after the detail was: before the cache is asked, or filled."""
    chance = random.Random(7)  # noqa: S311  no secret hangs on it

    def paused(function):
        def run(*args):
            found = function(*args)
            if chance.random() < 0.4:
                time.sleep(chance.random() / 50)
            return found

        return run

    monkeypatch.setattr(cache, "current", paused(cache.current))
    monkeypatch.setattr(detail, "build", paused(detail.build))


class Answered:
    """What the last answered writes have left: a read that starts now must show at least this."""

    def __init__(self) -> None:
        self.version, self.name, self.reads, self.hits = 1, 0, 0, 0
        self.older: list[str] = []
        self.ends = time.monotonic() + SECONDS

    def runs(self) -> bool:
        return time.monotonic() < self.ends


def read(api, path, answered):
    while answered.runs():
        version, name = answered.version, answered.name
        response = api.get(path)
        assert response.status_code == 200, response.content
        body = response.json()
        seen = body["version"], int(body["created_by"]["name"].split()[1])
        if seen[0] < version or seen[1] < name or len(body["events"]) != min(body["version"], detail.SHOWN_EVENTS):
            answered.older.append(f"{seen} after {(version, name)} was answered, {response['X-Cache']}")
        answered.reads += 1
        answered.hits += response["X-Cache"] == "HIT"


def write(api, path, answered):
    number = 0
    while answered.runs():
        number += 1
        edited = api.patch(path, {"title": f"title {number}"})
        assert edited.status_code == 200, edited.content
        answered.version = edited.json()["version"]
        assert api.post(f"{path}/comments", {"body": "x"}, Idempotency_Key=f"k{number}").status_code == 201
        answered.version += 1
        time.sleep(0.02)


def rename(api, path, answered):
    number = 0
    while answered.runs():
        number += 1
        assert api.patch(path, {"name": f"Rui {number}"}).status_code == 200
        answered.name = number
        time.sleep(0.05)


def flush(answered):
    chance = random.Random(8)  # noqa: S311  no secret hangs on it
    while answered.runs():
        redis.clear()
        time.sleep(chance.random() / 5)


def test_no_read_shows_what_was_older_than_the_last_answered_write_when_it_began(as_user, rui, ada, incident, pauses):
    path, api, answered = f"/v1/incidents/{incident.pk}", as_user(ada), Answered()
    api.patch(f"/v1/users/{rui.pk}", {"name": "Rui 0"})

    at_once(
        *[partial(read, as_user(ada), path, answered)] * READERS,
        partial(write, api, path, answered),
        partial(rename, api, f"/v1/users/{rui.pk}", answered),
        partial(flush, answered),
    )

    assert answered.older == []
    assert answered.reads > 50
    assert answered.hits > 5
    assert answered.version > 10
    assert answered.name > 3
