"""An event leaves a job only if somebody may have to be told; that those who are to be told are, all the others try."""

import pytest

from incidents import lifecycle
from incidents import services as incidents
from notifications import preferences
from notifications.tests.conftest import deferred


@pytest.fixture
def jobs():
    """`jobs()`: the types of the events that have left one since it was asked last."""
    seen = len(deferred())

    def left():
        nonlocal seen
        new = deferred()[seen:]
        seen += len(new)
        return [event["event_type"] for _, event in new]

    return left


def everything(incident, actor):
    """But assignments."""
    incidents.comment(incident.pk, body="Looking", actor=actor)
    incidents.edit_incident(incident.pk, title="Disk nearly full", actor=actor)
    lifecycle.change_status(incident.pk, "ACK", actor=actor)


def test_nobody_is_to_be_told(no_mail, opened, jobs, rui):
    everything(opened(severity="P2"), rui)

    assert jobs() == []


def test_an_endpoint_is_told_of_everything(no_mail, webhook, opened, jobs, rui):
    everything(opened(severity="P2"), rui)

    assert jobs() == ["CREATED", "COMMENTED", "UPDATED", "STATUS_CHANGED"]


@pytest.mark.parametrize(("severity", "told"), [("P1", ["CREATED"]), ("P2", []), ("P3", [])])
def test_by_the_defaults_people_are_told_of_new_p1s(mail_as_built_in, opened, jobs, severity, told):
    opened(severity=severity)

    assert jobs() == told


@pytest.mark.parametrize("who", ["one", "all"])
def test_people_who_choose_so_are_told_of_others(no_mail, opened, jobs, ada, who):
    chosen = {"created_severities": ["P3"]}
    preferences.set_own(ada, **chosen) if who == "one" else preferences.set_defaults(actor=ada, **chosen)
    opened(severity="P2")
    opened(severity="P3")

    assert jobs() == ["CREATED"]


def test_somebody_to_whom_it_is_given_is_told(no_mail, opened, jobs, ada, rui):
    incident = opened(severity="P2", assignee=ada)
    incidents.edit_incident(incident.pk, assignee=None, actor=rui)
    incidents.edit_incident(incident.pk, assignee=ada.pk, actor=rui)

    assert jobs() == ["CREATED", "ASSIGNED"]


def test_pages_are_called_off_even_of_what_is_no_p1_any_more(mail_as_built_in, opened, jobs, react, rui):
    still, no_longer, p2 = opened(), opened(), opened(severity="P2")
    react()
    incidents.edit_incident(no_longer.pk, severity="P2", actor=rui)
    jobs()
    for incident in (still, no_longer, p2):
        lifecycle.change_status(incident.pk, "ACK", actor=rui)

    assert jobs() == ["STATUS_CHANGED", "STATUS_CHANGED"]
