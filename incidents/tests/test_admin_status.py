"""The status on the admin site: only lifecycle.py moves it, and only as its table allows."""

import pytest

from incidents import lifecycle
from incidents.models import EventType, Status
from incidents.tests.admin_pages import LIST, change, form_of, save
from incidents.tests.test_lifecycle import ALLOWED, PAIRS, bring


def act(site, action, *incidents, **more):
    ticked = {"_selected_action": [str(incident.pk) for incident in incidents]}
    return site.post(LIST, {"action": action, "index": "0", **ticked, **more}, follow=True)


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_a_status_moves_as_stated_and_no_other_way(site, ada, incident, before, after):
    bring(incident, before)
    count = incident.events.count()

    response = save(site, incident, status=after, note="by hand")

    incident.refresh_from_db()
    if (before, after) in ALLOWED:
        event = incident.events.latest("sequence")
        assert (response.status_code, incident.status) == (302, after)
        assert (event.type, event.actor, event.request_id) == ("STATUS_CHANGED", ada, response["X-Request-ID"])
        assert event.data == {"from": before, "to": after, "note": "by hand"}
    else:
        assert response.context["adminform"].form.errors["status"] == [
            f"An incident that is {before} cannot become {after}."
        ]
        assert (incident.status, incident.events.count()) == (before, count)


@pytest.mark.parametrize("status", ["CLOSED", "open", "", "a\0b"])
def test_a_status_that_is_none_is_refused(site, incident, status):
    response = save(site, incident, status=status)

    assert "status" in response.context["adminform"].form.errors
    incident.refresh_from_db()
    assert (incident.status, incident.version) == ("OPEN", 1)


def test_a_refused_status_takes_the_other_edits_with_it(site, incident):
    lifecycle.change_status(incident.pk, Status.RESOLVED, actor=None)

    save(site, incident, title="Never written", status="OPEN")

    incident.refresh_from_db()
    assert (incident.title, incident.version) == ("Disk full on db-7", 2)


def test_only_statuses_that_can_follow_are_offered(site, incident):
    lifecycle.change_status(incident.pk, Status.ACK, actor=None)

    page = site.get(change(incident)).text

    assert 'value="ACK" selected' in page
    assert 'value="RESOLVED"' in page
    assert 'value="OPEN"' not in page


def test_a_note_without_a_new_status_is_not_lost_silently(site, incident):
    response = save(site, incident, note="for whom?")

    assert "A note goes with a change of the status" in response.context["adminform"].form.errors["note"][0]
    assert form_of(response)["note"] == "for whom?"


def test_selected_incidents_are_acknowledged_each_with_an_event(site, ada, opened):
    first, second, third = opened(), opened(), opened()
    lifecycle.change_status(second.pk, Status.RESOLVED, actor=None)

    response = act(site, "acknowledge", first, second)

    assert "1 acknowledged." in response.text
    assert "An incident that is RESOLVED cannot become ACK." in response.text
    for incident, status in ((first, "ACK"), (second, "RESOLVED"), (third, "OPEN")):
        incident.refresh_from_db()
        assert incident.status == status
    assert first.events.latest("sequence").actor == ada


def test_selected_incidents_are_resolved_once(site, incident):
    act(site, "resolve", incident)
    response = act(site, "resolve", incident)

    assert "0 resolved." in response.text
    assert incident.events.filter(type=EventType.STATUS_CHANGED).count() == 1


def test_an_action_refreshes_the_cache(site, as_user, rui, incident, django_capture_on_commit_callbacks):
    as_user(rui).get(f"/v1/incidents/{incident.pk}")

    with django_capture_on_commit_callbacks(execute=True):
        act(site, "acknowledge", incident)

    answer = as_user(rui).get(f"/v1/incidents/{incident.pk}")
    assert (answer["X-Cache"], answer.json()["status"]) == ("HIT", "ACK")


def test_an_action_never_reaches_beyond_what_was_ticked(site, opened):
    ticked, other = opened(), opened()

    act(site, "resolve", ticked, select_across="1")

    other.refresh_from_db()
    assert other.status == "OPEN"


@pytest.mark.parametrize("action", ["delete_selected", "nothing", ""])
def test_there_is_no_delete_of_many(site, incident, action):
    act(site, action, incident, post="yes")

    incident.refresh_from_db()
    assert incident.version == 1


@pytest.mark.parametrize("ticked", ["nonsense", "", "\0", "1", "9" * 5000])
def test_an_action_on_what_is_no_id_changes_nothing(site, incident, ticked):
    response = site.post(LIST, {"action": "resolve", "index": "0", "_selected_action": ticked}, follow=True)

    assert response.status_code == 200
    incident.refresh_from_db()
    assert incident.status == "OPEN"
