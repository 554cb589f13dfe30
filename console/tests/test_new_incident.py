"""The form that opens an incident, and what it says may be the same."""

import pytest

from core import form_keys
from incidents import lifecycle, services
from incidents.models import Incident, Status

FORM = {"title": "Disk full", "severity": "P2", "description": "a\r\nb", "assignee": "", form_keys.FIELD: "k-1"}
DUPLICATES = "/incidents/duplicates"


def titles(answer):
    return [found["title"] for found in answer.context["duplicates"]]


def test_the_form_opens_an_incident(browser_of, rui, vera):
    answer = browser_of(rui).post("/incidents/new", {**FORM, "assignee": str(vera.pk)})
    incident = Incident.objects.get()

    assert (answer.status_code, answer["Location"]) == (303, f"/incidents/{incident.pk}")
    assert (incident.title, incident.severity, incident.description) == ("Disk full", "P2", "a\nb")
    assert (incident.created_by_id, incident.assignee_id, incident.status) == (rui.pk, vera.pk, "OPEN")


@pytest.mark.parametrize(
    ("field", "typed", "wrong"),
    [
        ("title", "", "blank"),
        ("title", "x" * 201, "200"),
        ("severity", "", "P1"),
        ("severity", "P9", "P1"),
        ("description", "x" * 20_001, "20000"),
        ("description", "a\0", "NUL"),
        ("assignee", "x", "UUID"),
        ("assignee", "00000000-0000-7000-8000-000000000000", "no active user"),
        (form_keys.FIELD, "", "Reload"),
    ],
)
def test_what_does_not_fit_is_told_beside_the_field_and_everything_kept(browser_of, rui, field, typed, wrong):
    answer = browser_of(rui).post("/incidents/new", {**FORM, field: typed})
    name = "non_field_errors" if field == form_keys.FIELD else field

    assert (answer.status_code, Incident.objects.count()) == (400, 0)
    assert wrong in " ".join(answer.context["errors"][name])
    assert f'id="error-{name}"' in answer.content.decode()
    kept = {**FORM, field: typed, "description": typed if field == "description" else "a\nb"}
    assert answer.context["typed"] == {name: kept[name] for name in answer.context["typed"]}


def test_a_preview_opens_nothing(browser_of, rui):
    answer = browser_of(rui).post("/incidents/new", {**FORM, "description": "**now**", "preview": "1"})

    assert "<strong>now</strong>" in answer.content.decode()
    assert (answer.status_code, answer.context["key"], Incident.objects.count()) == (200, "k-1", 0)


def test_what_may_be_the_same_is_shown_while_the_title_is_typed(browser_of, rui):
    for title in ("Disk full on db-7", "Disk of db-7 is slow", "Login page is down", "Full moon"):
        services.open_incident(title=title, severity="P2", actor=rui)
    answer = browser_of(rui).get(DUPLICATES, {"title": "db-7: the disk is FULL"})

    assert titles(answer) == ["Disk full on db-7", "Disk of db-7 is slow"]
    assert "<html" not in answer.content.decode()


def test_what_is_resolved_is_no_duplicate(browser_of, rui, incident):
    lifecycle.change_status(incident.pk, Status.RESOLVED, actor=rui)

    assert titles(browser_of(rui).get(DUPLICATES, {"title": "Disk full"})) == []


@pytest.mark.parametrize(
    "title", ["", "  ", "a b", '"', "-disk", "disk or", "\0", "x" * 5_000, "' & | ! ( ) : * <->", "日本"]
)
def test_whatever_is_typed_is_no_error(browser_of, rui, incident, title):
    assert browser_of(rui).get(DUPLICATES, {"title": title}).status_code == 200


@pytest.mark.parametrize("alike", [1, 30])
def test_the_pages_cost_few_queries(browser_of, rui, alike, django_assert_max_num_queries):
    for number in range(alike):
        services.open_incident(title=f"Disk full on db-{number}", severity="P2", actor=rui)
    browser = browser_of(rui)

    for path in (DUPLICATES, "/incidents/new"):
        with django_assert_max_num_queries(8):
            assert browser.get(path, {"title": "Disk full on db-1"}).status_code == 200
