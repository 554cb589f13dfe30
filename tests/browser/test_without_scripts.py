"""Without JavaScript: all that somebody needs at three in the morning."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from incidents import services
from incidents.models import Incident, IncidentEvent
from tests.browser.conftest import log_in
from users.models import User


@pytest.fixture
def page(page_as: Callable[..., Page]) -> Page:
    return page_as("rui", java_script_enabled=False)


@pytest.fixture
def incident(people: dict[str, User]) -> Incident:
    return services.open_incident(title="Certificates expire tonight", severity="P2", actor=people["ada"])


def test_an_incident_is_found_acknowledged_commented_and_resolved(
    page_as: Callable[..., Page], incident: Incident
) -> None:
    page = page_as(java_script_enabled=False)
    log_in(page, "rui")
    page.get_by_role("link", name="Incidents", exact=True).last.click()
    page.get_by_label("Search in title").fill("certificates")
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("link", name=incident.title).first.click()

    page.get_by_role("button", name="Acknowledge").click()
    page.get_by_label("Comment").fill("Renewing by hand.")
    page.get_by_role("button", name="Comment").click()
    page.get_by_role("button", name="Resolve").click()

    expect(page.locator(".states [aria-current=step]")).to_have_text("Resolved")
    told = incident.events.order_by("sequence").values_list("type", flat=True)
    assert list(told) == ["CREATED", "STATUS_CHANGED", "COMMENTED", "STATUS_CHANGED"]


def test_an_incident_is_opened_and_its_title_edited(page: Page) -> None:
    page.goto("/incidents/new")
    page.get_by_label("Title").fill("Opened without a script")
    page.get_by_label("P3").check()
    page.get_by_role("button", name="Open incident").click()
    page.get_by_role("link", name="Edit title").click()
    page.get_by_label("Title").fill("Edited without a script")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Edited without a script")
    assert Incident.objects.filter(title="Edited without a script", version=2).count() == 1


def test_a_double_click_makes_one_incident(page: Page) -> None:
    page.goto("/incidents/new")
    page.get_by_label("Title").fill("Tapped twice")
    page.get_by_label("P3").check()
    page.get_by_role("button", name="Open incident").dblclick(no_wait_after=True)
    expect(page.get_by_role("heading", level=1)).to_have_text("Tapped twice")

    assert Incident.objects.filter(title="Tapped twice").count() == 1


def test_a_double_click_makes_one_comment(page: Page, incident: Incident) -> None:
    page.goto(f"/incidents/{incident.pk}")
    page.get_by_label("Comment").fill("Sent by a nervous thumb.")
    page.get_by_role("button", name="Comment").dblclick(no_wait_after=True)
    expect(page.locator(".event-body")).to_have_text("Sent by a nervous thumb.")

    assert IncidentEvent.objects.filter(incident=incident, type="COMMENTED").count() == 1


def test_several_are_acknowledged_at_once(page: Page, people: dict[str, User]) -> None:
    for number in (1, 2):
        services.open_incident(title=f"Bulkword {number}", severity="P3", actor=people["ada"])
    page.goto("/incidents?q=bulkword")
    for box in page.get_by_role("checkbox", name="Select #").all():
        box.check()
    page.get_by_role("button", name="Acknowledge").click()

    expect(page.get_by_text("Done:")).to_have_count(2)
    assert Incident.objects.filter(title__startswith="Bulkword", status="ACK").count() == 2
