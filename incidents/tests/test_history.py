"""What is told of an event is the incident as the event left it, whatever happens while that is looked up."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from incidents import history, lifecycle, services
from incidents.models import Incident, Status
from users.models import User


def in_between(change: Callable[[], Any]) -> Callable[..., Any]:
    """Somebody else makes the change, and commits it, after each statement that asks for the incident."""

    def run(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        found = execute(sql, *rest)
        if 'FROM "incidents_incident"' in sql:
            with ThreadPoolExecutor(1) as other:
                other.submit(change_and_close, change).result(20)
        return found

    return run


def change_and_close(change: Callable[[], Any]) -> None:
    try:
        change()
    finally:
        connection.close()


@pytest.fixture
def incident(transactional_db: None, rui: User) -> Incident:
    return services.open_incident(title="Disk full", severity="P1", actor=rui)


def test_a_change_while_it_is_looked_up_is_not_undone_twice(incident: Incident, rui: User) -> None:
    event = services.comment(incident.pk, body="Looking", actor=rui)
    with connection.execute_wrapper(in_between(lambda: services.comment(incident.pk, body="Later", actor=rui))):
        moment = history.moment(event.pk)

    assert moment is not None
    assert moment.incident["version"] == 2


def test_an_incident_that_is_deleted_while_it_is_looked_up_is_told_of_or_gone(incident: Incident, rui: User) -> None:
    event = services.comment(incident.pk, body="Looking", actor=rui)
    with connection.execute_wrapper(in_between(lambda: services.delete_incident(incident.pk, actor=rui))):
        moment = history.moment(event.pk)

    assert moment is not None
    assert (moment.incident["version"], moment.incident["updated_at"]) == (2, moment.event["created_at"])


def test_all_that_came_later_is_undone(incident: Incident, rui: User) -> None:
    event = services.comment(incident.pk, body="Looking", actor=rui)
    services.edit_incident(incident.pk, title="Disk full again", assignee=rui.pk, actor=rui)
    lifecycle.change_status(incident.pk, Status.ACK, actor=rui)
    moment = history.moment(event.pk)

    assert moment is not None
    told = {name: moment.incident[name] for name in ("version", "title", "assignee", "status", "acknowledged_at")}
    assert told == {"version": 2, "title": "Disk full", "assignee": None, "status": "OPEN", "acknowledged_at": None}
