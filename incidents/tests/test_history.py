"""What is told of an event is the incident as the event left it, whatever happens while that is looked up."""

from typing import Any

import pytest

from incidents import history, lifecycle, services
from incidents.models import Incident, IncidentEvent, Status
from users.models import User


@pytest.fixture
def incident(db: None, rui: User) -> Incident:
    return services.open_incident(title="Disk full", severity="P1", actor=rui)


def test_it_is_of_one_statement_so_that_no_change_comes_between(
    incident: Incident, rui: User, django_assert_num_queries: Any
) -> None:
    event = services.comment(incident.pk, body="Looking", actor=rui)
    services.comment(incident.pk, body="Later", actor=rui)
    with django_assert_num_queries(1):
        moment = history.moment(event.pk)

    assert moment is not None
    assert (moment.incident["version"], moment.incident["updated_at"]) == (2, moment.event["created_at"])


def test_it_is_told_as_the_api_shows_it(incident: Incident, rui: User, as_user: Any) -> None:
    services.edit_incident(incident.pk, metadata={"ratio": 1.0, "hosts": ["db-1"]}, assignee=rui.pk, actor=rui)
    moment = history.moment(IncidentEvent.objects.latest("sequence").pk)
    shown = as_user(rui).get(f"/v1/incidents/{incident.pk}").json()

    assert moment is not None
    assert moment.event == shown["events"][-1]
    assert moment.incident == {name: shown[name] for name in moment.incident}


def test_nothing_is_told_of_one_that_has_gone(incident: Incident, rui: User) -> None:
    event = services.comment(incident.pk, body="Looking", actor=rui)
    services.delete_incident(incident.pk, actor=rui)

    assert history.moment(event.pk) is None


def test_all_that_came_later_is_undone(incident: Incident, rui: User) -> None:
    event = services.comment(incident.pk, body="Looking", actor=rui)
    services.edit_incident(incident.pk, title="Disk full again", assignee=rui.pk, actor=rui)
    lifecycle.change_status(incident.pk, Status.ACK, actor=rui)
    moment = history.moment(event.pk)

    assert moment is not None
    told = {name: moment.incident[name] for name in ("version", "title", "assignee", "status", "acknowledged_at")}
    assert told == {"version": 2, "title": "Disk full", "assignee": None, "status": "OPEN", "acknowledged_at": None}
