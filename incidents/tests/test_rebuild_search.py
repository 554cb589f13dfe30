"""`manage.py rebuild_search`: the index of words in another language, while the service goes on."""

import threading
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from incidents import search_language as language
from incidents import services
from incidents.models import Incident, IncidentEvent
from incidents.tests.conftest import results

URL = "/v1/incidents"
AS_IT_WAS = """
DROP FUNCTION IF EXISTS incidents_incident_search, incidents_event_search,
    incidents_incident_search_next, incidents_event_search_next CASCADE;
ALTER TABLE incidents_incident DROP COLUMN search, DROP COLUMN IF EXISTS search_next;
ALTER TABLE incidents_event DROP COLUMN search, DROP COLUMN IF EXISTS search_next;
"""
CONFIG = """CREATE OR REPLACE FUNCTION incidents_search_config() RETURNS regconfig LANGUAGE sql STABLE PARALLEL SAFE
    AS $$SELECT 'simple'::regconfig$$"""

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def as_it_was(transactional_db):
    """The tables are those of every other test."""
    yield
    language.run(AS_IT_WAS + CONFIG)
    with connection.schema_editor() as editor:
        for model in (Incident, IncidentEvent):
            editor.add_field(model, model._meta.get_field("search"))
            editor.add_index(model, next(index for index in model._meta.indexes if index.name.endswith("_search")))


@pytest.fixture
def find(as_user, rui):
    api = as_user(rui)
    return lambda q: [row["title"] for row in results(api.get(f"{URL}?q={q}"))]


def rebuild(settings, config):
    settings.SEARCH_LANGUAGE = config
    call_command("rebuild_search", stdout=(said := StringIO()))
    return said.getvalue()


def test_another_language_knows_its_endings_and_stop_words(find, opened, rui, settings):
    incident = opened(title="databases failing", description="the payments")
    services.comment(incident.pk, body="rebooted the servers", actor=rui)
    assert find("database") == find("server") == []

    assert "reads english" in rebuild(settings, "english")

    assert find("database failure server") == []
    assert find("database") == find("payment") == find("server") == find("the%20failed") == ["databases failing"]
    assert find("the") == []
    rebuild(settings, "simple")
    assert find("database") == []
    assert find("databases") == find("the") == ["databases failing"]


def test_what_comes_and_changes_afterwards_is_in_it(find, opened, rui, settings):
    rebuild(settings, "english")
    incident = opened(title="disks")
    services.comment(incident.pk, body="servers", actor=rui)

    assert find("disk") == find("server") == ["disks"]
    services.edit_incident(incident.pk, title="memories", actor=rui)
    assert (find("disk"), find("memory")) == ([], ["memories"])


def test_rows_stay_what_they_are_and_guarded(opened, rui, settings):
    incident = opened(title="disks")
    before = Incident.objects.values("version", "updated_at", "title").get()

    rebuild(settings, "english")

    assert Incident.objects.values("version", "updated_at", "title").get() == before
    for statement in ("UPDATE incidents_event SET type = 'ASSIGNED'", "UPDATE incidents_incident SET title = 'x'"):
        with pytest.raises(Exception, match=r"append-only|must raise its version"), connection.cursor() as cursor:
            cursor.execute(statement)
    assert incident.events.count() == 1


def test_it_goes_on_where_it_was_broken_off(find, opened, settings, monkeypatch):
    monkeypatch.setattr(language, "BATCH", 1)
    monkeypatch.setattr(language, "REST_SECONDS", 0)
    for title in ("disks", "servers", "databases"):
        opened(title=title)
    next(language.rebuild("german"))
    next(language.rebuild("english"))
    opened(title="payments")

    rebuild(settings, "english")

    assert [find(word) for word in ("disk", "server", "database", "payment")] == [
        ["disks"],
        ["servers"],
        ["databases"],
        ["payments"],
    ]


def test_incidents_that_are_being_changed_come_in_another_round(find, opened, rui, settings, monkeypatch):
    """Whoever has a row waits for the table, while the table waits for nobody's row."""
    monkeypatch.setattr(language, "BATCH", 1)
    monkeypatch.setattr(language, "REST_SECONDS", 0)
    incidents = [opened(title=f"disks {number}") for number in range(8)]

    def change():
        try:
            for incident in incidents * 3:
                services.comment(incident.pk, body="servers", actor=rui)
        finally:
            connection.close()

    changing = threading.Thread(target=change)
    changing.start()
    rebuild(settings, "english")
    changing.join()

    assert len(find("disk")) == len(find("server")) == 8


def test_a_language_that_is_none_is_refused(settings):
    for wrong in ("klingon", "simple'; DROP TABLE x; --"):
        with pytest.raises(CommandError, match=r"knows no .*english"):
            rebuild(settings, wrong)


def test_the_start_warns_of_an_index_in_another_language(settings, caplog):
    language.warn_if_other()
    settings.SEARCH_LANGUAGE = "english"
    language.warn_if_other()

    assert [record.wanted for record in caplog.records if record.message == "search_language_differs"] == ["english"]
