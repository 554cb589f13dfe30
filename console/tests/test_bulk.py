"""Many incidents at once: each has its own result."""

from typing import Any

import pytest
from django.test import Client

from incidents import lifecycle, services
from incidents.models import EventType, Incident


def act(browser: Client, incidents: list[Incident], do: str, **more: str) -> Any:
    return browser.post("/incidents/bulk", {"incident": [row.pk for row in incidents], "do": do, **more})


def test_each_incident_has_its_result(browser: Client, rui: Any) -> None:
    fresh, had, over = (services.open_incident(title=t, severity="P1", actor=rui) for t in ("fresh", "had", "over"))
    lifecycle.change_status(had.pk, "ACK", actor=rui)
    lifecycle.change_status(over.pk, "RESOLVED", actor=rui)

    results = act(browser, [fresh, had, over], "ACK").context["results"]

    assert [(result.incident.title, result.is_done, result.text) for result in results] == [
        ("fresh", True, "acknowledged"),
        ("had", True, "acknowledged already"),
        ("over", False, "not acknowledged: it is resolved"),
    ]
    assert list(Incident.objects.order_by("number").values_list("status", flat=True)) == ["ACK", "ACK", "RESOLVED"]
    assert fresh.events.filter(type=EventType.STATUS_CHANGED, actor=rui).count() == 1
    assert over.events.count() == 2


def test_assigning_is_recorded_for_each(browser: Client, rui: Any, ada: Any) -> None:
    rows = [services.open_incident(title=t, severity="P1", actor=rui) for t in "ab"]

    act(browser, rows, "assign", assignee=str(ada.pk))

    assert {row.assignee for row in Incident.objects.all()} == {ada}
    assert all(row.events.filter(type=EventType.ASSIGNED).count() == 1 for row in rows)


def test_somebody_who_left_is_refused_for_each(browser: Client, rui: Any, vera: Any, incident: Incident) -> None:
    vera.is_active = False
    vera.save(update_fields=["is_active"])

    results = act(browser, [incident], "assign", assignee=str(vera.pk)).context["results"]

    assert [result.is_done for result in results] == [False]
    assert incident.events.count() == 1


def test_an_incident_that_is_gone_is_counted(browser: Client, rui: Any, incident: Incident) -> None:
    gone = services.open_incident(title="gone", severity="P1", actor=rui)
    services.delete_incident(gone.pk, actor=rui)

    response = act(browser, [incident, gone], "RESOLVED")

    assert response.context["gone"] == 1
    assert len(response.context["results"]) == 1


@pytest.mark.parametrize(
    "form",
    [
        {"do": "ACK"},
        {"do": "ACK", "incident": ["x"]},
        {"do": "OPEN"},
        {"do": "assign", "assignee": "x"},
        {"do": "ACK", "incident": ["00000000-0000-7000-8000-000000000000"] * 101},
    ],
)
def test_what_does_not_fit_changes_nothing(browser: Client, incident: Incident, form: dict[str, Any]) -> None:
    response = browser.post("/incidents/bulk", {"incident": [incident.pk], **form} if form["do"] != "ACK" else form)

    assert response.status_code == 400
    assert incident.events.count() == 1


@pytest.mark.parametrize(
    ("back", "leads_to"),
    [
        ("/incidents?status=OPEN", "/incidents?status=OPEN"),
        ("//evil.example/incidents", "/incidents"),
        ("https://evil.example/", "/incidents"),
        ("/\\evil.example", "/incidents"),
        ("", "/incidents"),
    ],
)
def test_the_way_back_stays_here(browser: Client, incident: Incident, back: str, leads_to: str) -> None:
    assert act(browser, [incident], "ACK", back=back).context["back"] == leads_to
