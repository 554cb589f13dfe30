"""Two who edit one incident at the same time: nobody's words are lost, and nobody is asked without need."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from incidents import services
from incidents.models import Incident
from users.models import User


@pytest.fixture
def incident(people: dict[str, User]) -> Incident:
    return services.open_incident(title="As it was", severity="P2", actor=people["ada"], description="As it was.")


def edits(page: Page, incident: Incident, field: str) -> None:
    """With the form open, nothing saved."""
    page.goto(f"/incidents/{incident.pk}")
    page.get_by_role("link", name=f"Edit {field}").click()


def save(page: Page, label: str, value: str, button: str = "Save") -> None:
    page.locator(".edit-form").get_by_label(label).fill(value)
    page.get_by_role("button", name=button).click()


def test_who_comes_second_is_shown_both_values_and_may_save_either(
    page_as: Callable[..., Page], incident: Incident, complaints: object
) -> None:
    first, second = page_as("ada"), page_as("rui")
    complaints.expect("status of 409")
    edits(first, incident, "description")
    edits(second, incident, "description")
    save(first, "Description", "What Ada wrote.")
    expect(first.locator(".incident-description .prose")).to_have_text("What Ada wrote.")

    save(second, "Description", "What Rui wrote.")

    expect(second.locator(".conflict-theirs")).to_have_text("What Ada wrote.")
    expect(second.locator(".conflict")).to_contain_text("Ada changed this")
    expect(second.get_by_label("Your description")).to_have_value("What Rui wrote.")
    incident.refresh_from_db()
    assert incident.description == "What Ada wrote."
    second.get_by_role("button", name="Save mine").click()
    expect(second.locator(".incident-description .prose")).to_have_text("What Rui wrote.")


def test_edits_of_different_fields_are_merged_without_a_word(page_as: Callable[..., Page], incident: Incident) -> None:
    first, second = page_as("ada"), page_as("rui")
    edits(first, incident, "title")
    edits(second, incident, "description")
    save(first, "Title", "Ada's title")
    expect(first.get_by_role("heading", level=1)).to_have_text("Ada's title")

    save(second, "Description", "Rui's description.")

    expect(second.locator(".incident-description .prose")).to_have_text("Rui's description.")
    expect(second.get_by_role("heading", level=1)).to_have_text("Ada's title")
    expect(second.locator(".conflict")).to_have_count(0)


def test_a_comment_meanwhile_is_no_conflict(
    page_as: Callable[..., Page], incident: Incident, people: dict[str, User]
) -> None:
    page = page_as("rui")
    edits(page, incident, "title")
    services.comment(incident.pk, body="Have you looked at the disk?", actor=people["ada"])

    save(page, "Title", "Disk full")

    expect(page.get_by_role("heading", level=1)).to_have_text("Disk full")
    expect(page.locator(".conflict")).to_have_count(0)
    expect(page.locator(".event-body")).to_have_text("Have you looked at the disk?")
