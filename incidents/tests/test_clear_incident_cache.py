"""`manage.py clear_incident_cache [uuid]`: for an operator who doubts a cached answer."""

import uuid
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command


def clear(*args):
    out = StringIO()
    call_command("clear_incident_cache", *map(str, args), stdout=out)
    return out.getvalue()


@pytest.fixture
def cached(as_user, rui, opened):
    """Three incidents whose details are in the cache, beside something else."""
    made = [opened() for _ in range(3)]
    for incident in made:
        as_user(rui).get(f"/v1/incidents/{incident.pk}")
    cache.set("other", b"x")
    return made


def state(api, incident):
    return api.get(f"/v1/incidents/{incident.pk}")["X-Cache"]


def test_without_an_id_all_incidents_are_cleared_and_nothing_else(as_user, rui, cached):
    said = clear()

    assert said == "3 cached answers deleted.\n"
    assert cache.get("other") == b"x"
    assert {state(as_user(rui), incident) for incident in cached} == {"MISS"}


def test_an_id_clears_that_incident_alone(as_user, rui, cached):
    said = clear(cached[1].pk)

    assert said == "1 cached answers deleted.\n"
    assert [state(as_user(rui), incident) for incident in cached] == ["HIT", "MISS", "HIT"]


def test_an_id_in_any_spelling_is_understood(cached):
    assert clear(str(cached[0].pk).upper()) == "1 cached answers deleted.\n"
    assert clear(f"{{{cached[1].pk}}}") == "1 cached answers deleted.\n"


def test_an_incident_that_is_not_cached_is_no_error(db):
    assert clear(uuid.uuid4()) == "0 cached answers deleted.\n"


@pytest.mark.parametrize("text", ["*", "42", "incident:*", ""])
def test_what_is_no_id_is_refused_and_nothing_is_cleared(cached, text):
    with pytest.raises(CommandError, match="invalid UUID"):
        clear(text)

    assert len(cache.keys("incident:*")) == 3


def test_a_redis_that_is_away_is_said_in_a_sentence(settings):
    settings.CACHES = settings.CACHES | {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}}

    with pytest.raises(CommandError, match="Redis did not answer"):
        clear()


def test_it_says_what_it_is_for(capsys):
    with pytest.raises(SystemExit) as ended:
        call_command("clear_incident_cache", "--help")

    assert ended.value.code == 0
    assert "cached" in capsys.readouterr().out
